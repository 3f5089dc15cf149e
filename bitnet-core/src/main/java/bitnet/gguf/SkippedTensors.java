package bitnet.gguf;

import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tensors of parts that a model's answers do not depend on, and that bitnet leaves out: blocks that predict tokens behind the next
 * one, and what turns pictures into vectors.
 *
 * @param names of the tensors
 */
record SkippedTensors(List<String> names) {
    private static final Logger LOG = LoggerFactory.getLogger(SkippedTensors.class);
    private static final String PREDICTION = ".nextn.";

    /** Those of a file, and says so in the log if there are any. */
    static SkippedTensors of(GgufFile file, int layers) {
        List<String> predictions = file.table().keySet().stream()
                .filter(name -> isPrediction(file, name, layers))
                .toList();
        List<String> vision = file.table().keySet().stream()
                .filter(name -> name.startsWith("v.") || name.startsWith("mm."))
                .toList();
        say(file, predictions, "predict tokens behind the next one");
        say(file, vision, "see pictures; bitnet reads text alone");
        return new SkippedTensors(
                Stream.concat(predictions.stream(), vision.stream()).toList());
    }

    /** Whether a tensor is of a block behind the last layer that has such tensors. */
    private static boolean isPrediction(GgufFile file, String name, int layers) {
        String[] parts = name.split("\\.", 3);
        if (parts.length < 3 || !parts[0].equals("blk") || !parts[1].matches("[0-9]{1,6}")) {
            return false;
        }
        String block = "blk." + parts[1] + PREDICTION;
        return Integer.parseInt(parts[1]) >= layers
                && file.table().keySet().stream().anyMatch(other -> other.startsWith(block));
    }

    private static void say(GgufFile file, List<String> names, String what) {
        if (!names.isEmpty()) {
            LOG.info("{}: {} tensors are left out, which {}", file.source(), names.size(), what);
        }
    }

    boolean contains(String name) {
        return names.contains(name);
    }
}
