package bitnet.scalar;

import bitnet.JsonResource;
import bitnet.safetensors.HuggingFaceModel;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/** What transformers computes with a checkpoint in float32. */
record Reference(String name, List<Case> cases) {
    /**
     * One prompt.
     *
     * @param logits after every token of the prompt, one row each
     * @param greedy how transformers goes on
     * @param margins between the best and the second logit before each of those tokens
     */
    record Case(int[] prompt, float[][] logits, int[] greedy, double[] margins) {}

    static Path directory(String name) {
        try {
            return Path.of(Reference.class.getResource("/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    static HuggingFaceModel open(String name) {
        return HuggingFaceModel.open(directory(name));
    }

    @SuppressWarnings("unchecked")
    static Reference load(String name, int vocabulary) {
        var json = (Map<String, Object>) JsonResource.read(Reference.class, "/" + name + "/expected.json");
        FloatBuffer logits = logits("/" + name + "/logits.f32.gz");
        List<Case> cases = ((List<Map<String, Object>>) json.get("cases"))
                .stream().map(each -> read(each, logits, vocabulary)).toList();
        if (logits.hasRemaining()) {
            throw new AssertionError(logits.remaining() + " logits too many");
        }
        return new Reference(name, cases);
    }

    private static Case read(Map<String, Object> json, FloatBuffer logits, int vocabulary) {
        int[] prompt = ints(json.get("prompt"));
        float[][] rows = new float[prompt.length][vocabulary];
        for (float[] row : rows) {
            logits.get(row);
        }
        double[] margins = ((List<?>) json.get("greedy_margin"))
                .stream().mapToDouble(margin -> ((Number) margin).doubleValue()).toArray();
        return new Case(prompt, rows, ints(json.get("greedy")), margins);
    }

    private static int[] ints(Object list) {
        return ((List<?>) list)
                .stream().mapToInt(each -> ((Number) each).intValue()).toArray();
    }

    private static FloatBuffer logits(String resource) {
        try (InputStream in = new GZIPInputStream(Reference.class.getResourceAsStream(resource))) {
            return ByteBuffer.wrap(in.readAllBytes())
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
