package bitnet.coreml.export;

import bitnet.json.JsonReader;
import bitnet.safetensors.HuggingFaceModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The small checkpoints of the core's tests, with prompts and how transformers goes on with them. */
final class Checkpoint {
    private static final Path CHECKPOINTS = Path.of("../bitnet-core/src/test/resources");

    private Checkpoint() {}

    /**
     * A prompt.
     *
     * @param prompt its tokens
     * @param greedy the tokens that follow, by transformers in float32
     * @param margins by how much each of them beats the next best
     */
    record Case(int[] prompt, int[] greedy, double[] margins) {}

    static HuggingFaceModel open(String name) {
        return HuggingFaceModel.open(CHECKPOINTS.resolve(name));
    }

    static List<Case> cases(String name) {
        List<Case> cases = new ArrayList<>();
        try (JsonReader json = JsonReader.open(CHECKPOINTS.resolve(name).resolve("expected.json"))) {
            Map<?, ?> root = (Map<?, ?>) json.value();
            for (Object one : (List<?>) root.get("cases")) {
                Map<?, ?> fields = (Map<?, ?>) one;
                cases.add(new Case(
                        ints(fields.get("prompt")), ints(fields.get("greedy")), doubles(fields.get("greedy_margin"))));
            }
        }
        return cases;
    }

    private static double[] doubles(Object list) {
        return ((List<?>) list).stream().mapToDouble(value -> (Double) value).toArray();
    }

    private static int[] ints(Object list) {
        return ((List<?>) list)
                .stream().mapToInt(value -> ((Double) value).intValue()).toArray();
    }
}
