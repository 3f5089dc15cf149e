package bitnet.safetensors;

import bitnet.json.JsonReader;
import bitnet.model.SamplingDefaults;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code generation_config.json}: what the model's makers recommend.
 *
 * @param bos begin-of-text token, or -1
 * @param eos tokens that end an answer
 */
record GenerationConfig(int bos, List<Integer> eos, SamplingDefaults sampling) {
    /** For a model without the file. */
    static final GenerationConfig NONE = new GenerationConfig(-1, List.of(), SamplingDefaults.NONE);

    static GenerationConfig read(Path file) {
        try (JsonReader in = JsonReader.open(file)) {
            return read(in);
        }
    }

    /** Reads a document that {@code in} stands on. */
    static GenerationConfig read(JsonReader in) {
        int bos = -1;
        List<Integer> eos = List.of();
        @Nullable Boolean sample = null;
        @Nullable Float temperature = null;
        @Nullable Integer topK = null;
        @Nullable Float topP = null;
        in.beginObject();
        for (String field = in.nextField(); field != null; field = in.nextField()) {
            if (in.isNull()) {
                continue;
            }
            switch (field) {
                case "bos_token_id" -> bos = in.integer(0, Integer.MAX_VALUE);
                case "eos_token_id" -> eos = HuggingFaceConfig.tokenIds(in);
                case "do_sample" -> sample = in.bool();
                case "temperature" -> temperature = (float) between(in, 0, 100);
                case "top_k" -> topK = in.integer(0, Integer.MAX_VALUE);
                case "top_p" -> topP = (float) between(in, 0, 1);
                default -> in.skip();
            }
        }
        in.end();
        boolean greedy = Boolean.FALSE.equals(sample);
        return new GenerationConfig(
                bos, eos, new SamplingDefaults(greedy ? Float.valueOf(0) : temperature, topK, topP));
    }

    private static double between(JsonReader in, double min, double max) {
        double value = in.number();
        if (value < min || value > max) {
            throw in.error(value + "; expected a number from " + min + " to " + max);
        }
        return value;
    }
}
