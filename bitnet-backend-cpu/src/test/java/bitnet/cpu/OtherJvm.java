package bitnet.cpu;

import static java.nio.charset.StandardCharsets.UTF_8;

import bitnet.conformance.KernelConformance;
import bitnet.spi.KernelBackend;
import bitnet.spi.Probe;
import java.io.File;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A JVM with this module's classes on its class path, started with chosen flags: what the backends say there. */
public final class OtherJvm {
    private OtherJvm() {}

    /** The lines that a main class here prints. */
    static List<String> run(String main, String... flags) throws Exception {
        return start(OtherJvm.class.getName() + "$" + main, flags);
    }

    /** The lines that a class's main method prints. */
    public static List<String> run(Class<?> main, String... flags) throws Exception {
        return start(main.getName(), flags);
    }

    private static List<String> start(String main, String... flags) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(flags));
        String classPath = Stream.of(
                        KernelBackend.class, CpuNativeBackend.class, KernelConformance.class, OtherJvm.class)
                .map(OtherJvm::location)
                .distinct()
                .collect(Collectors.joining(File.pathSeparator));
        command.addAll(List.of("-cp", classPath, main));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        if (process.waitFor() != 0) {
            throw new AssertionError(command + " ended with " + process.exitValue() + ": " + output);
        }
        return output.lines().toList();
    }

    private static String location(Class<?> type) {
        String file = type.getName().replace('.', '/') + ".class";
        String url = type.getClassLoader().getResource(file).toString();
        String place = url.substring(0, url.length() - file.length());
        if (place.startsWith("jar:")) {
            place = place.substring("jar:".length(), place.length() - "!/".length());
        }
        return Path.of(URI.create(place)).toString();
    }

    /** Prints what each backend's probe says. */
    static final class Probes {
        public static void main(String[] args) {
            for (KernelBackend backend :
                    List.of(new CpuNativeBackend(), new CpuVectorBackend(), new bitnet.scalar.ScalarBackend())) {
                System.out.println(backend.id() + ": "
                        + switch (backend.probe()) {
                            case Probe.Usable usable -> "usable, " + usable.isa();
                            case Probe.Absent absent -> "absent, " + absent.reason();
                            case Probe.Unusable unusable -> "unusable, " + unusable.reason();
                        });
            }
        }
    }

    /** Loads the native backend by three class loaders and prints what each probe says. */
    static final class Loaders {
        public static void main(String[] args) throws Exception {
            List<URL> urls = new ArrayList<>();
            for (String path : System.getProperty("java.class.path").split(File.pathSeparator)) {
                urls.add(Path.of(path).toUri().toURL());
            }
            for (int i = 0; i < 3; i++) {
                var loader = new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
                Object backend = loader.loadClass("bitnet.cpu.CpuNativeBackend")
                        .getConstructor()
                        .newInstance();
                System.out.println(backend.getClass().getMethod("probe").invoke(backend));
            }
        }
    }
}
