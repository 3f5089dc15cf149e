package bitnet.template;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import bitnet.ChatTemplateException;
import bitnet.template.ChatTemplate.Turn;
import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** What hostile templates cost, in a JVM with little memory and a small stack. */
class HostileTemplatesTest {
    /** On a quiet machine the slowest takes a fraction of a second; this is for busy ones. */
    private static final long MOST_SECONDS = 10;

    @Test
    void noneHangsOrFillsMemoryOrStack() throws Exception {
        String classes = Stream.of(
                        ChatTemplate.class,
                        HostileTemplates.class,
                        com.fasterxml.jackson.core.JsonFactory.class,
                        NullMarked.class,
                        org.slf4j.Logger.class)
                .map(HostileTemplatesTest::location)
                .map(Path::toString)
                .collect(Collectors.joining(File.pathSeparator));
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-Xss512k",
                        "-XX:+UseSerialGC",
                        "-cp",
                        classes,
                        Renderings.class.getName())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output).endsWith("all\n");
    }

    /** What the small JVM runs. */
    static final class Renderings {
        public static void main(String[] args) {
            var failures = new ArrayList<String>();
            for (String message : List.of("hello", "x".repeat(100_000))) {
                for (Map.Entry<String, String> template : HostileTemplates.all().entrySet()) {
                    long start = System.nanoTime();
                    try {
                        ChatTemplate.parse(template.getValue())
                                .render(List.of(new Turn("user", message)), true, "<s>", "</s>", Map.of());
                    } catch (ChatTemplateException e) {
                        if (String.valueOf(e.getMessage()).length() > 1000) {
                            failures.add(template.getKey() + ": a message too long to show");
                        }
                    } catch (Throwable e) {
                        failures.add(template.getKey() + ": " + e);
                    }
                    long milliseconds = (System.nanoTime() - start) / 1_000_000;
                    if (args.length > 0) {
                        System.out.println(milliseconds + " ms " + template.getKey());
                    }
                    if (milliseconds > MOST_SECONDS * 1000) {
                        failures.add(template.getKey() + ": " + milliseconds + " ms");
                    }
                }
            }
            System.out.print(failures.isEmpty() ? "all\n" : String.join("\n", failures));
        }
    }

    private static Path location(Class<?> type) {
        String file = type.getName().replace('.', '/') + ".class";
        var url = type.getClassLoader().getResource(file);
        try {
            if (url.getProtocol().equals("jar")) {
                String jar = url.getPath();
                return Path.of(new java.net.URI(jar.substring(0, jar.indexOf("!/"))));
            }
            Path path = Path.of(url.toURI());
            for (String ignored : file.split("/")) {
                path = path.getParent();
            }
            return path;
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
