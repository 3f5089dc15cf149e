package bitnet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.json.JsonValues;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What GraalVM's native-image is told about each module, against the module's sources and resources: it finds neither
 * native calls nor resources by itself.
 */
class ReachabilityMetadataTest {
    private static final Map<String, String> CANONICAL = Map.ofEntries(
            Map.entry("C_CHAR", "jbyte"),
            Map.entry("C_INT", "jint"),
            Map.entry("JAVA_INT", "jint"),
            Map.entry("C_LONG_LONG", "jlong"),
            Map.entry("SIZE", "jlong"),
            Map.entry("C_FLOAT", "jfloat"),
            Map.entry("C_DOUBLE", "jdouble"),
            Map.entry("C_POINTER", "void*"),
            Map.entry("POINTER", "void*"),
            Map.entry("ADDRESS", "void*"));
    /** A descriptor with its layouts, in the generated bindings and elsewhere. */
    private static final Pattern DESCRIPTOR =
            Pattern.compile("(?:FunctionDescriptor\\.(ofVoid|of)\\(|= function\\(\\s*\"\\w+\",)([^()]*)\\)");

    @ParameterizedTest
    @ValueSource(
            strings = {"bitnet-backend-cpu", "bitnet-backend-cuda", "bitnet-backend-metal", "bitnet-backend-coreml"})
    void everyNativeCallIsNamedAndNoOther(String module) throws IOException {
        var called = new TreeSet<String>();
        for (Path source : files(Path.of("..", module, "src", "main", "java"))) {
            Matcher descriptor = DESCRIPTOR.matcher(Files.readString(source));
            while (descriptor.find()) {
                List<String> layouts = Stream.of(descriptor.group(2).split(","))
                        .map(layout -> layout.strip().replaceFirst(".*\\.", ""))
                        .filter(layout -> !layout.isEmpty())
                        .toList();
                if (!layouts.equals(List.of("result", "arguments"))) { // where calls of function(...) lead
                    called.add(descriptor(descriptor.group(1), layouts));
                }
            }
        }
        var named = new TreeSet<String>();
        var foreign = (Map<?, ?>) metadata(module).get("foreign");
        for (Object call : (List<?>) foreign.get("downcalls")) {
            var fields = (Map<?, ?>) call;
            assertThat(fields.keySet()).isEqualTo(Set.of("returnType", "parameterTypes"));
            named.add(fields.get("returnType") + " " + fields.get("parameterTypes"));
        }
        assertThat(called).isNotEmpty();
        assertThat(named).isEqualTo(called);
    }

    /** As the metadata has it: the result, and the arguments in brackets. */
    private static String descriptor(String of, List<String> layouts) {
        var types = new ArrayList<String>();
        if ("ofVoid".equals(of)) {
            types.add("void");
        }
        for (String layout : layouts) {
            assertThat(CANONICAL).containsKey(layout);
            types.add(CANONICAL.get(layout));
        }
        return types.getFirst() + " " + types.subList(1, types.size());
    }

    /** The libraries for Apple's systems are built there. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "bitnet-core",
                "bitnet-demo-model",
                "bitnet-backend-cpu",
                "bitnet-backend-cuda",
                "bitnet-backend-metal",
                "bitnet-backend-coreml",
                "integrations/bitnet-server"
            })
    void everyResourceIsNamed(String module) throws IOException {
        List<PathMatcher> globs = new ArrayList<>();
        for (Object glob : (List<?>) metadata(module).get("resources")) {
            globs.add(FileSystems.getDefault().getPathMatcher("glob:" + ((Map<?, ?>) glob).get("glob")));
        }
        Path classes = Path.of("..", module, "target", "classes");
        List<Path> resources = files(classes).stream()
                .map(classes::relativize)
                .filter(file -> !file.toString().endsWith(".class"))
                .filter(file -> !file.startsWith("META-INF") || file.startsWith(Path.of("META-INF", "native")))
                .toList();
        assertThat(resources)
                .allSatisfy(file -> assertThat(globs).as("%s", file).anyMatch(glob -> glob.matches(file)));
        if (!module.contains("backend")) {
            assertThat(globs).allSatisfy(glob -> assertThat(resources).anyMatch(glob::matches));
        }
    }

    private static Map<String, Object> metadata(String module) throws IOException {
        Path file = Path.of("..", module, "src", "main", "resources", "META-INF", "native-image", "io.github.bitnet4j")
                .resolve(Path.of(module).getFileName())
                .resolve("reachability-metadata.json");
        return JsonValues.object(file.toString(), Files.readString(file));
    }

    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }
}
