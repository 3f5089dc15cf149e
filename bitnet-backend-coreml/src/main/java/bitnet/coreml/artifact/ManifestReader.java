package bitnet.coreml.artifact;

import bitnet.ModelFormatException;
import bitnet.json.JsonReader;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A value of a manifest, and where it stands. Unknown fields are passed over: a later version of the same format may have
 * more of them.
 */
record ManifestReader(String source, String where, @Nullable Object value) {
    private static final int MAX = Integer.MAX_VALUE;

    static Manifest read(Path file) {
        try (JsonReader in = JsonReader.open(file)) {
            Object root = in.value();
            in.end();
            return new ManifestReader(file.toString(), "", root).manifest();
        }
    }

    private Manifest manifest() {
        int version = integer("version", 0, MAX);
        if (version != Manifest.VERSION) {
            throw field("version").error(version + "; this bitnet reads " + Manifest.VERSION + ": export again");
        }
        Manifest manifest = new Manifest(
                text("exporter"),
                text("model"),
                digest("fingerprint"),
                integer("context", 1, MAX),
                integer("prefill_batch", 1, MAX),
                text("compute"),
                constant("head", HeadType.values()),
                bool("exact_activations"),
                number("residual_scale"),
                number("mask_value"),
                list("packages", ManifestReader::modelPackage));
        if (manifest.prefillBatch() > manifest.context()) {
            throw field("prefill_batch")
                    .error(manifest.prefillBatch() + ", more than the context of " + manifest.context());
        }
        inARow(manifest, Role.BLOCKS);
        inARow(manifest, Role.HEAD);
        return manifest;
    }

    /** Whether the packages of a role follow each other from 0 on. */
    private void inARow(Manifest manifest, Role role) {
        int next = 0;
        for (ModelPackage one : manifest.packages(role)) {
            if (one.first() != next) {
                throw field("packages")
                        .error(one.file() + " begins at " + one.first() + ", but the one before ends at " + next);
            }
            next += one.count();
        }
        if (next == 0) {
            throw field("packages").error("none has the role " + ManifestWriter.word(role));
        }
    }

    private ModelPackage modelPackage() {
        String file = text("file");
        if (!file.matches("[A-Za-z0-9._-]+") || file.startsWith(".")) {
            throw field("file").error("'" + file + "' is not the name of a file");
        }
        ModelPackage one = new ModelPackage(
                file,
                constant("role", Role.values()),
                integer("first", 0, MAX / 2),
                integer("count", 1, MAX / 2),
                whole("bytes", 0, 1L << 50),
                digest("sha256"),
                list("functions", ManifestReader::function));
        List<String> names = one.functions().stream()
                .map(bitnet.coreml.artifact.Function::name)
                .toList();
        if (!names.equals(functions(one.role()))) {
            throw field("functions").error("found " + names + ", expected " + functions(one.role()));
        }
        return one;
    }

    private static List<String> functions(Role role) {
        return switch (role) {
            case BLOCKS -> List.of(bitnet.coreml.artifact.Function.PREFILL, bitnet.coreml.artifact.Function.DECODE);
            case HEAD -> List.of(bitnet.coreml.artifact.Function.HEAD);
        };
    }

    private bitnet.coreml.artifact.Function function() {
        return new bitnet.coreml.artifact.Function(
                text("name"),
                list("inputs", ManifestReader::feature),
                list("outputs", ManifestReader::feature),
                list("states", ManifestReader::feature));
    }

    private Feature feature() {
        try {
            return new Feature(text("name"), constant("type", FeatureType.values()), list("shape", dimension ->
                    (int) dimension.whole(1, MAX)));
        } catch (IllegalArgumentException e) {
            throw new ModelFormatException(source, where + "/shape", String.valueOf(e.getMessage()), e);
        }
    }

    private ManifestReader field(String name) {
        if (!(value instanceof Map<?, ?> fields)) {
            throw error("found " + value + ", expected an object");
        }
        return new ManifestReader(source, where + "/" + name, fields.get(name));
    }

    private <T> List<T> list(String name, Function<ManifestReader, T> read) {
        ManifestReader list = field(name);
        if (!(list.value instanceof List<?> elements)) {
            throw list.error("found " + list.value + ", expected an array");
        }
        int[] index = {0};
        return elements.stream()
                .map(element -> read.apply(new ManifestReader(source, list.where + "/" + index[0]++, element)))
                .toList();
    }

    private String text(String name) {
        ManifestReader field = field(name);
        if (!(field.value instanceof String text)) {
            throw field.error("found " + field.value + ", expected a string");
        }
        return text;
    }

    private String digest(String name) {
        String digest = text(name);
        if (!digest.matches("[0-9a-f]{64}")) {
            throw field(name).error("found '" + digest + "', expected 64 hexadecimal digits");
        }
        return digest;
    }

    private boolean bool(String name) {
        ManifestReader field = field(name);
        if (!(field.value instanceof Boolean bool)) {
            throw field.error("found " + field.value + ", expected true or false");
        }
        return bool;
    }

    private float number(String name) {
        ManifestReader field = field(name);
        if (!(field.value instanceof Double number)) {
            throw field.error("found " + field.value + ", expected a number");
        }
        return number.floatValue();
    }

    private int integer(String name, int min, int max) {
        return (int) whole(name, min, max);
    }

    private long whole(String name, long min, long max) {
        return field(name).whole(min, max);
    }

    private long whole(long min, long max) {
        if (!(value instanceof Double number) || number != Math.rint(number) || number < min || number > max) {
            throw error("found " + value + ", expected a whole number from " + min + " to " + max);
        }
        return number.longValue();
    }

    private <E extends Enum<E>> E constant(String name, E[] constants) {
        String word = text(name);
        for (E constant : constants) {
            if (ManifestWriter.word(constant).equals(word)) {
                return constant;
            }
        }
        throw field(name).error("'" + word + "' is unknown to this bitnet");
    }

    private ModelFormatException error(String problem) {
        return new ModelFormatException(source, where.isEmpty() ? "root" : where, problem);
    }
}
