package bitnet.coreml.interpreter;

import bitnet.json.JsonReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The content of a package.
 *
 * @param specificationVersion of the model
 * @param functions by name, the default first
 * @param descriptions what the model says of its functions, by name
 * @param weightBytes size of the weight file
 * @param weightEntries entries of the weight file, as its header says
 */
public record MlPackage(
        long specificationVersion,
        Map<String, Code> functions,
        Map<String, Description> descriptions,
        long weightBytes,
        int weightEntries) {
    /** Inputs, outputs and states by name. */
    public record Description(Map<String, Type> inputs, Map<String, Type> outputs, Map<String, Type> states) {}

    /** @throws IllegalArgumentException if it cannot be read */
    public static MlPackage read(Path directory) throws IOException {
        Map<String, Path> items = items(directory);
        Message model = Message.parse(Files.readAllBytes(items.get("model.mlmodel")));
        WeightReader weights = new WeightReader(items.get("weights").resolve("weight.bin"));
        Message description = model.message(2);
        Map<String, Description> descriptions = new LinkedHashMap<>();
        for (Message function : description.messages(20)) {
            descriptions.put(
                    function.text(1),
                    new Description(
                            features(function.messages(2)),
                            features(function.messages(3)),
                            features(function.messages(6))));
        }
        Map<String, Message> programs = model.message(502).map(2);
        Map<String, Code> functions = new LinkedHashMap<>();
        String first = description.text(21);
        functions.put(first, Code.of(first, programs.get(first), weights));
        programs.forEach(
                (name, function) -> functions.computeIfAbsent(name, ignored -> Code.of(name, function, weights)));
        return new MlPackage(model.number(1), functions, descriptions, weights.size(), weights.entries());
    }

    /** The package's manifest: items by name. */
    private static Map<String, Path> items(Path directory) {
        Map<String, Path> items = new LinkedHashMap<>();
        Object root;
        try (JsonReader json = JsonReader.open(directory.resolve("Manifest.json"))) {
            root = json.value();
        }
        Map<?, ?> manifest = (Map<?, ?>) root;
        Map<?, ?> entries = (Map<?, ?>) manifest.get("itemInfoEntries");
        require("1.0.0".equals(manifest.get("fileFormatVersion")), "the version of Manifest.json");
        require(entries.containsKey(manifest.get("rootModelIdentifier")), "the root model of Manifest.json");
        for (Object value : entries.values()) {
            Map<?, ?> entry = (Map<?, ?>) value;
            require(
                    entry.keySet().containsAll(List.of("author", "description", "name", "path")),
                    "an entry of Manifest.json");
            Path path = directory.resolve("Data").resolve((String) entry.get("path"));
            require(Files.exists(path), path + " does not exist");
            items.put((String) entry.get("name"), path);
        }
        return items;
    }

    private static Map<String, Type> features(List<Message> features) {
        Map<String, Type> types = new LinkedHashMap<>();
        for (Message feature : features) {
            Message type = feature.message(3);
            boolean state = type.has(8);
            Message array = state ? type.message(8).message(1) : type.message(5);
            int element = switch ((int) array.number(2)) {
                case 65552 -> Type.FLOAT16;
                case 65568 -> Type.FLOAT32;
                case 131104 -> Type.INT32;
                default -> throw new IllegalArgumentException("array type " + array.number(2));
            };
            List<Integer> shape = array.packed(1).stream().map(Math::toIntExact).toList();
            types.put(feature.text(1), new Type(element, shape, state));
        }
        return types;
    }

    private static void require(boolean condition, String what) {
        if (!condition) {
            throw new IllegalArgumentException(what + " is wrong");
        }
    }
}
