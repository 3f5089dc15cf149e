package bitnet.cpu.ffm;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * How the classes of {@code bitnet.cpu.ffm.gen} are made from the header by jextract. The header is read as for a target
 * whose {@code int64_t} is {@code long long}, since {@code long} has 32 bits on Windows.
 */
final class Bindings {
    static final Path HEADER = Path.of("..", "native", "cpu", "include", "bitnet_cpu.h");
    static final Path GENERATED = Path.of("src", "main", "java", "bitnet", "cpu", "ffm", "gen");
    static final Path LOCK = GENERATED.resolve("gen.lock");

    private static final String COMPILER_FLAGS = "--target=x86_64-w64-windows-gnu\n-ffreestanding\n";
    private static final List<String> OPTIONS =
            List.of("--target-package", "bitnet.cpu.ffm.gen", "--header-class-name", "BitnetCpu");
    private static final String LOOKUP = """
                static final SymbolLookup SYMBOL_LOOKUP = SymbolLookup.loaderLookup()
                        .or(Linker.nativeLinker().defaultLookup());
            """;
    private static final String OWN_LOOKUP = """
                static final SymbolLookup SYMBOL_LOOKUP = bitnet.cpu.ffm.CpuLibrary.symbols();
            """;

    private Bindings() {}

    /** What the generated files depend on. */
    static String lock() throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        digest.update(Files.readString(HEADER).replace("\r\n", "\n").getBytes(UTF_8));
        digest.update((COMPILER_FLAGS + OPTIONS + LOOKUP + OWN_LOOKUP).getBytes(UTF_8));
        return "header and options: sha-256 " + HexFormat.of().formatHex(digest.digest()) + "\n";
    }

    /** Runs jextract in an empty directory. Returns contents by file name. */
    static TreeMap<String, String> generate(Path jextract, Path work) throws Exception {
        String header = HEADER.getFileName().toString();
        Files.copy(HEADER, work.resolve(header));
        Files.writeString(work.resolve("compile_flags.txt"), COMPILER_FLAGS);
        run(work, List.of(jextract.toString(), "--dump-includes", "all.txt", header));
        List<String> own = Files.readAllLines(work.resolve("all.txt")).stream()
                .filter(line -> line.startsWith("--include-") && line.contains(header))
                .map(line -> line.substring(0, line.indexOf('#')).strip())
                .toList();
        Files.write(work.resolve("own.txt"), own);
        List<String> command = new ArrayList<>(List.of(jextract.toString(), "--output", "out"));
        command.addAll(OPTIONS);
        command.addAll(List.of("@own.txt", header));
        run(work, command);
        TreeMap<String, String> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(work.resolve("out"))) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                files.put(file.getFileName().toString(), adapt(Files.readString(file)));
            }
        }
        return files;
    }

    private static String adapt(String source) {
        return source.replace(LOOKUP, OWN_LOOKUP)
                // Its size depends on the system, and nothing of the header has this type.
                .replaceAll("(?m)^.* C_LONG = .*\\R", "");
    }

    private static void run(Path work, List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .directory(work.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(command + " failed:\n" + output);
        }
    }
}
