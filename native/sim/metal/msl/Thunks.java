import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the kernels of preprocessed .metal files and writes what calls them: for each kernel a function that takes its
 * arguments out of a {@code msl_thread}, and a table of its buffers. Sizes are left to the compiler, and so is whether
 * the threadgroup variables of a kernel have room.
 *
 * <p>{@code java Thunks.java PREPROCESSED THUNKS.clcpp KERNELS.inc}
 */
final class Thunks {
    private static final Pattern KERNEL =
            Pattern.compile("\\bkernel\\s+void\\s+(\\w+)\\s*\\(([^)]*(?:\\([^)]*\\)[^)]*)*)\\)\\s*\\{");
    private static final Pattern PARAMETER = Pattern.compile(
            "(.*\\W)(\\w+)\\s*\\[\\[\\s*(\\w+)\\s*(?:\\(\\s*(\\d+)\\s*\\))?\\s*\\]\\]",
            Pattern.DOTALL);

    private static final Pattern THREADGROUP_VARIABLE =
            Pattern.compile("\\bthreadgroup\\s+(\\w+)\\s+\\w+\\s*(\\[[^;]*\\])?\\s*;");

    private Thunks() {}

    public static void main(String[] arguments) throws IOException {
        String source = Files.readString(Path.of(arguments[0]));
        Map<String, String> thunks = new TreeMap<>();
        Map<String, String> table = new TreeMap<>();
        Matcher kernel = KERNEL.matcher(source);
        while (kernel.find()) {
            String name = kernel.group(1);
            String thunk = thunk(name, kernel.group(2)) + threadgroupMemory(name, body(source, kernel.end()));
            if (thunks.put(name, thunk) != null) {
                throw new IllegalArgumentException("two kernels " + name);
            }
            int buffers = kernel.group(2).split("\\[\\[\\s*buffer\\b", -1).length - 1;
            table.put(name, "KERNEL(%s, %d)\n".formatted(name, buffers));
        }
        Files.writeString(Path.of(arguments[1]), String.join("\n", thunks.values()));
        Files.writeString(Path.of(arguments[2]), String.join("", table.values()));
    }

    private static String thunk(String kernel, String parameters) {
        List<String> values = new ArrayList<>();
        List<String> buffers = new ArrayList<>();
        for (String parameter : parameters.split(",")) {
            Matcher m = PARAMETER.matcher(parameter.strip());
            if (!m.matches()) {
                throw new IllegalArgumentException(kernel + ": a parameter without an attribute: " + parameter.strip());
            }
            String type = m.group(1).strip();
            if (m.group(3).equals("buffer")) {
                boolean reference = type.endsWith("&");
                String pointee = type.substring(0, type.length() - 1).strip();
                values.add("%s(%s *)t->buffers[%s]".formatted(reference ? "*" : "", pointee, m.group(4)));
                buffers.add("{%s, sizeof(%s), alignof(%s), %d, %d}"
                        .formatted(
                                m.group(4),
                                bare(pointee),
                                bare(pointee),
                                pointee.matches("(?s).*\\b(const|constant)\\b.*") ? 1 : 0,
                                pointee.startsWith("constant") ? 1 : 0));
            } else {
                values.add(builtin(type, m.group(3)));
            }
        }
        return """
                extern "C" void msl_thread_of_%1$s(const device msl_thread *t) {
                  %1$s(%2$s);
                }
                extern "C" {
                extern constant const uint msl_arguments_of_%1$s[][5];
                constant const uint msl_arguments_of_%1$s[][5] = {%3$s};
                }
                """.formatted(kernel, String.join(", ", values), String.join(", ", buffers));
    }

    /** Apple's GPUs have 32 KiB for a threadgroup. */
    private static String threadgroupMemory(String kernel, String body) {
        StringBuilder bytes = new StringBuilder("0");
        Matcher variable = THREADGROUP_VARIABLE.matcher(body);
        while (variable.find()) {
            bytes.append(" + sizeof(").append(variable.group(1));
            bytes.append(variable.group(2) == null ? "" : variable.group(2)).append(')');
        }
        return "static_assert(%s <= 32768, \"threadgroup memory of %s\");%n".formatted(bytes, kernel);
    }

    /** From an opening brace to the one that closes it. */
    private static String body(String source, int from) {
        int at = from;
        for (int depth = 1; depth > 0; at++) {
            depth += source.charAt(at) == '{' ? 1 : source.charAt(at) == '}' ? -1 : 0;
        }
        return source.substring(from, at);
    }

    private static String bare(String type) {
        return type.replaceAll("\\b(device|constant|const)\\b", "").strip();
    }

    /** A position in a grid as a number or a vector of so many. */
    private static String builtin(String type, String attribute) {
        String field = "t->" + attribute;
        return switch (type) {
            case "uint" -> attribute.endsWith("_in_grid") ? field + "[0]" : field;
            case "uint2" -> "(uint2)(%1$s[0], %1$s[1])".formatted(field);
            case "uint3" -> "(uint3)(%1$s[0], %1$s[1], %1$s[2])".formatted(field);
            default -> throw new IllegalArgumentException(attribute + " as a " + type);
        };
    }
}
