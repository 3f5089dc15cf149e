import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Builds one native library and puts it where a jar carries it. Maven runs this; by hand:
 *
 *   java native/Build.java SOURCE_DIR LIBRARY BUILD_DIR RESOURCES_DIR [CROSS] [--only=OS] [--needs=TOOL]
 *       [--here=BOOLEAN] [-DNAME=VALUE...]
 *
 * CROSS = true builds it, on Linux, for the other platforms as well, each in BUILD_DIR-PLATFORM, by native/cross.cmake. That is
 * done again only when a source is newer.
 * --only leaves it out on other systems, --needs where that tool is not on the PATH. CMake gets the -D options, and the
 * JDK that runs this as BITNET_JAVA_HOME. Without CMake or a compiler it says what is left out and succeeds, unless
 * BITNET_CI=1. The compiler is clang where there is one; the environment's CC and CXX go first.
 *
 * A SOURCE_DIR with a kernels.cu is compiled by nvcc, with the options in its nvcc.options, to LIBRARY.fatbin, which is for
 * every platform. That takes minutes, so it is done again only when a source is newer, and with --here=true only on a
 * machine that has an NVIDIA GPU.
 */
final class Build {
    private static final String FOLDER = "META-INF/native/bitnet/";
    private static final List<String> OTHERS = List.of(
            "linux-x86_64", "linux-aarch64", "macos-x86_64", "macos-aarch64", "windows-x86_64", "windows-aarch64");
    private static final List<String> CROSS_TOOLS = List.of("clang-19", "ld.lld-19", "ld64.lld-19", "lld-link-19", "cmake");

    public static void main(String[] args) throws Exception {
        Path source = Path.of(args[0]);
        String library = args[1];
        Path build = Path.of(args[2]);
        Path resources = Path.of(args[3]);
        if (Files.isRegularFile(source.resolve("kernels.cu"))) {
            if (option(args, "--here=").orElse("false").equals("true") && !hasNvidiaGpu()) {
                return;
            }
            fatBinary(source, library, build, resources.resolve(FOLDER + "cuda").resolve(library + ".fatbin"));
            return;
        }
        String only = option(args, "--only=").orElse("");
        if (!platform().startsWith(only)) {
            System.err.println("[bitnet] this build has no " + library + ": it is for " + only);
            return;
        }
        Optional<String> needed = option(args, "--needs=");
        if (needed.isPresent() && firstOnPath(needed.get()).isEmpty()) {
            leaveOut(library, platform(), "there is no " + needed.get() + " on the PATH");
            return;
        }
        Optional<String> compiler = Optional.ofNullable(System.getenv("CC")).filter(cc -> !cc.isBlank())
                .or(() -> firstOnPath("clang-19", "clang", "gcc", "cc", "cl"));
        if (compiler.isEmpty() || firstOnPath("cmake").isEmpty()) {
            leaveOut(library, platform(), "there is no " + (compiler.isEmpty() ? "C compiler" : "CMake") + " on the PATH");
            return;
        }
        List<String> options = new ArrayList<>();
        options.add("-DCMAKE_C_COMPILER=" + compiler.get());
        // The C++ compiler that belongs to it, for those who have C++.
        Optional.ofNullable(System.getenv("CXX")).filter(cxx -> !cxx.isBlank())
                .or(() -> firstOnPath(compiler.get().replaceFirst("clang(?=[^/]*$)", "clang++")
                        .replaceFirst("gcc(?=[^/]*$)", "g++")))
                .ifPresent(cxx -> options.add("-DCMAKE_CXX_COMPILER=" + cxx));
        options.add("-DBITNET_JAVA_HOME=" + System.getProperty("java.home"));
        Arrays.stream(args).filter(arg -> arg.startsWith("-D")).forEach(options::add);
        build(source, library, build, options,
                resources.resolve(FOLDER + platform()).resolve(System.mapLibraryName(library)));
        if (args.length > 4 && args[4].equals("true")) {
            buildForOthers(source, library, build, resources);
        }
    }

    private static void buildForOthers(Path source, String library, Path build, Path resources) throws Exception {
        if (!platform().startsWith("linux")) {
            return;
        }
        Optional<String> missing = CROSS_TOOLS.stream().filter(tool -> firstOnPath(tool).isEmpty()).findFirst();
        if (missing.isPresent()) {
            leaveOut(library, "other platforms", "there is no " + missing.get() + " on the PATH (native/setup.sh cpu)");
            return;
        }
        Path toolchain = source.resolveSibling("cross.cmake").toAbsolutePath();
        long newest = Math.max(newest(source), Files.getLastModifiedTime(toolchain).toMillis());
        for (String other : OTHERS) {
            Path to = resources.resolve(FOLDER + other).resolve(fileName(library, other));
            Path made = Path.of(build + "-" + other).resolve(to.getFileName());
            if (other.equals(platform())) {
                continue;
            }
            if (Files.isRegularFile(made) && Files.getLastModifiedTime(made).toMillis() >= newest) {
                put(made, to);
            } else {
                build(source, library, made.getParent(),
                        List.of("-DCMAKE_TOOLCHAIN_FILE=" + toolchain, "-DBITNET_PLATFORM=" + other), to);
                Files.setLastModifiedTime(made, FileTime.fromMillis(System.currentTimeMillis()));
            }
        }
    }

    /** As bitnet.natives.NativePlatform names it. */
    private static String fileName(String library, String platform) {
        return platform.startsWith("windows")
                ? library + ".dll"
                : "lib" + library + (platform.startsWith("macos") ? ".dylib" : ".so");
    }

    private static void fatBinary(Path source, String library, Path build, Path to) throws Exception {
        if (firstOnPath("nvcc").isEmpty()) {
            leaveOut(library, "CUDA", "there is no nvcc on the PATH");
            return;
        }
        Path file = Files.createDirectories(build).resolve(to.getFileName());
        if (!Files.isRegularFile(file) || newest(source) > Files.getLastModifiedTime(file).toMillis()) {
            Path log = build.resolve("build.log");
            Files.deleteIfExists(log);
            Path made = build.resolve(library + ".new");
            if (run(List.of("nvcc", "--options-file", source.resolve("nvcc.options").toString(), "-o", made.toString(),
                    source.resolve("kernels.cu").toString()), log) != 0) {
                fail(library, log);
            }
            Files.move(made, file, StandardCopyOption.REPLACE_EXISTING);
        }
        put(file, to);
    }

    /** Linux has one of these for NVIDIA's driver, and the Linux inside Windows has the other. */
    private static boolean hasNvidiaGpu() {
        return Files.exists(Path.of("/dev/nvidiactl")) || Files.exists(Path.of("/dev/dxg"));
    }

    private static long newest(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().lastModified()).max().orElse(0);
        }
    }

    private static Optional<String> option(String[] args, String prefix) {
        return Arrays.stream(args).filter(arg -> arg.startsWith(prefix)).map(arg -> arg.substring(prefix.length()))
                .findFirst();
    }

    private static void build(Path source, String library, Path build, List<String> options, Path to) throws Exception {
        List<String> configure = new ArrayList<>(List.of(
                "cmake", "-S", source.toString(), "-B", build.toString(), "-DCMAKE_BUILD_TYPE=Release"));
        configure.addAll(options);
        if (firstOnPath("ninja").isPresent()) {
            configure.addAll(List.of("-G", "Ninja"));
        }
        Path log = Files.createDirectories(build).resolve("build.log");
        Files.deleteIfExists(log);
        if (run(configure, log) != 0) {
            // A build directory made by another compiler or generator cannot be used again.
            Files.deleteIfExists(build.resolve("CMakeCache.txt"));
            if (run(configure, log) != 0) {
                Optional<String> reason = reasonToLeaveOut(log);
                if (reason.isPresent()) {
                    leaveOut(library, platform(), reason.get());
                    return;
                }
                fail(library, log);
            }
        }
        if (run(List.of("cmake", "--build", build.toString(), "--config", "Release", "--target", library), log) != 0) {
            fail(library, log);
        }
        Path file = build.resolve(to.getFileName());
        if (!Files.isRegularFile(file)) {
            file = build.resolve("Release").resolve(to.getFileName());
        }
        put(file, to);
    }

    private static void put(Path file, Path to) throws IOException {
        Files.createDirectories(to.getParent());
        if (!Files.isRegularFile(to) || Files.mismatch(file, to) >= 0) {
            Files.copy(file, to, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** A CMakeLists.txt may know of something missing that is no failure, and says so by these words. */
    private static Optional<String> reasonToLeaveOut(Path log) throws IOException {
        String words = "[bitnet] left out: ";
        return Files.readAllLines(log).stream()
                .filter(line -> line.contains(words))
                .map(line -> line.substring(line.indexOf(words) + words.length()))
                .reduce((first, last) -> last);
    }

    private static void leaveOut(String library, String platform, String reason) {
        System.err.println("[bitnet] this build leaves out " + library + " for " + platform + ": " + reason);
        if ("1".equals(System.getenv("BITNET_CI"))) {
            System.exit(1);
        }
    }

    private static void fail(String library, Path log) throws IOException {
        System.err.println(Files.readString(log));
        System.err.println("[bitnet] building " + library + " failed; the log is " + log);
        System.exit(1);
    }

    private static int run(List<String> command, Path log) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start()
                .waitFor();
    }

    private static Optional<String> firstOnPath(String... names) {
        for (String name : names) {
            for (String directory : System.getenv().getOrDefault("PATH", "").split(java.io.File.pathSeparator)) {
                for (String suffix : new String[] {"", ".exe"}) {
                    if (!directory.isEmpty() && Files.isExecutable(Path.of(directory, name + suffix))) {
                        return Optional.of(name);
                    }
                }
            }
        }
        return Optional.empty();
    }

    /** As bitnet.natives.NativePlatform names it. */
    private static String platform() {
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String arch = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
        return (os.startsWith("mac") ? "macos" : os.startsWith("windows") ? "windows" : os)
                + "-" + (arch.equals("amd64") ? "x86_64" : arch.equals("arm64") ? "aarch64" : arch);
    }
}
