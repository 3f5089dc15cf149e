package bitnet.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The classes that jextract makes from a C header, in a package of their own that is committed and never edited: whether they
 * are still those of the header. {@code gen.lock} beside them says what they were made from. Where the environment's
 * {@code JEXTRACT} names the tool they are generated again and compared; with {@code BITNET_REGENERATE=1} they are replaced
 * first.
 *
 * <p>The header is read as for a target whose {@code int64_t} is {@code long long}, since {@code long} has 32 bits on Windows.
 *
 * @param header relative to the module's directory
 * @param targetPackage of the generated classes, below {@code src/main/java}
 * @param headerClass the class that has the functions
 * @param symbols a Java expression for the library's symbols, which takes the place of jextract's own look-up
 */
public record Bindings(Path header, String targetPackage, String headerClass, String symbols) {
    private static final String COMPILER_FLAGS = "--target=x86_64-w64-windows-gnu\n-ffreestanding\n";
    private static final String LOOKUP = """
            static final SymbolLookup SYMBOL_LOOKUP = SymbolLookup.loaderLookup()
                    .or(Linker.nativeLinker().defaultLookup());
        """;

    /** What there is to check. */
    public List<Check> checks() {
        List<Check> checks = new ArrayList<>();
        String jextract = System.getenv("JEXTRACT");
        if (jextract != null && !jextract.isBlank()) {
            checks.add(new Check("jextract generates the same files", () -> regenerated(Path.of(jextract))));
        }
        checks.add(new Check("header and options are those of the generated files", this::locked));
        return List.copyOf(checks);
    }

    private void locked() {
        try {
            String found = Files.readString(generated().resolve("gen.lock"));
            if (!found.equals(lock())) {
                throw new AssertionError(header + " is not what the bindings were made from; make them again: "
                        + "JEXTRACT=/path/to/jextract BITNET_REGENERATE=1 mvn test -pl MODULE -am -Dtest=BindingsTest");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void regenerated(Path jextract) {
        try {
            TreeMap<String, String> expected = generate(jextract);
            if (!expected.containsKey(headerClass + ".java")) {
                throw new AssertionError("jextract made " + expected.keySet());
            }
            if ("1".equals(System.getenv("BITNET_REGENERATE"))) {
                replace(expected);
            }
            TreeMap<String, String> committed = read(generated());
            committed.keySet().removeIf(name -> !name.endsWith(".java"));
            for (String name : expected.keySet()) {
                if (!expected.get(name).equals(committed.remove(name))) {
                    throw new AssertionError(name + " is not what jextract makes of " + header);
                }
            }
            if (!committed.isEmpty()) {
                throw new AssertionError("jextract does not make " + committed.keySet());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path generated() {
        return Path.of("src", "main", "java").resolve(targetPackage.replace('.', '/'));
    }

    private List<String> options() {
        return List.of("--target-package", targetPackage, "--header-class-name", headerClass);
    }

    private String ownLookup() {
        return "    static final SymbolLookup SYMBOL_LOOKUP = " + symbols + ";\n";
    }

    /** What the generated files depend on. */
    private String lock() throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(Files.readString(header).replace("\r\n", "\n").getBytes(UTF_8));
            digest.update((COMPILER_FLAGS + options() + LOOKUP + ownLookup()).getBytes(UTF_8));
            return "header and options: sha-256 " + HexFormat.of().formatHex(digest.digest()) + "\n";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Contents by file name. */
    private TreeMap<String, String> generate(Path jextract) throws IOException {
        Path work = Files.createTempDirectory("bitnet-bindings-");
        try {
            String name = String.valueOf(header.getFileName());
            Files.copy(header, work.resolve(name));
            Files.writeString(work.resolve("compile_flags.txt"), COMPILER_FLAGS);
            run(work, List.of(jextract.toString(), "--dump-includes", "all.txt", name));
            List<String> own = Files.readAllLines(work.resolve("all.txt")).stream()
                    .filter(line -> line.startsWith("--include-") && line.contains(name))
                    .map(line -> line.substring(0, line.indexOf('#')).strip())
                    .toList();
            Files.write(work.resolve("own.txt"), own);
            List<String> command = new ArrayList<>(List.of(jextract.toString(), "--output", "out"));
            command.addAll(options());
            command.addAll(List.of("@own.txt", name));
            run(work, command);
            TreeMap<String, String> files = read(work.resolve("out").resolve(targetPackage.replace('.', '/')));
            files.replaceAll((_, source) -> adapt(source));
            return files;
        } finally {
            delete(work);
        }
    }

    private String adapt(String source) {
        return source.replace(LOOKUP, ownLookup())
                // Its size depends on the system, and nothing of the header has this type.
                .replaceAll("(?m)^.* C_LONG = .*\\R", "");
    }

    private void replace(TreeMap<String, String> files) throws IOException {
        Path to = Files.createDirectories(generated());
        for (String name : read(to).keySet()) {
            Files.delete(to.resolve(name));
        }
        for (var file : files.entrySet()) {
            Files.writeString(to.resolve(file.getKey()), file.getValue());
        }
        Files.writeString(to.resolve("gen.lock"), lock());
    }

    private static TreeMap<String, String> read(Path directory) throws IOException {
        TreeMap<String, String> files = new TreeMap<>();
        try (Stream<Path> all = Files.list(directory)) {
            for (Path file : all.toList()) {
                files.put(String.valueOf(file.getFileName()), Files.readString(file));
            }
        }
        return files;
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static void run(Path work, List<String> command) throws IOException {
        Process process = new ProcessBuilder(command)
                .directory(work.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        try {
            if (process.waitFor() != 0) {
                throw new IOException(command + " failed:\n" + output);
            }
        } catch (InterruptedException e) {
            process.destroy();
            throw new IOException("interrupted", e);
        }
    }
}
