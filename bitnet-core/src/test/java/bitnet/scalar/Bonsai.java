package bitnet.scalar;

import bitnet.JsonResource;
import bitnet.gguf.GgufModel;
import bitnet.model.ModelFile;
import bitnet.safetensors.HuggingFaceModel;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** Small ternary Qwen3 models in the containers of Bonsai, and what transformers computes with their dequantised weights. */
record Bonsai(List<Case> cases) {
    /**
     * One prompt.
     *
     * @param positions whose logits are known
     * @param logits at these positions
     * @param greedy how transformers goes on
     * @param margins between the best and the second logit before each of those tokens
     */
    record Case(int[] prompt, int[] positions, float[][] logits, int[] greedy, double[] margins) {}

    /** A container of a model: a GGUF file, or the directory with its {@code model.safetensors}. */
    static ModelFile open(String model, String container) {
        Path directory = Reference.directory("families/" + model);
        return container.endsWith(".gguf")
                ? GgufModel.open(directory.resolve(container))
                : HuggingFaceModel.open(directory);
    }

    @SuppressWarnings("unchecked")
    static Bonsai expected(String model, String json, String npz) {
        String folder = "/families/" + model + "/";
        var root = (Map<String, Object>) JsonResource.read(Bonsai.class, folder + json);
        Map<String, ByteBuffer> arrays = arrays(folder + npz);
        List<Case> cases = new ArrayList<>();
        for (Object each : (List<Object>) root.get("cases")) {
            var fields = (Map<String, Object>) each;
            int[] positions = new int[arrays.get("positions_" + cases.size()).remaining() / Integer.BYTES];
            arrays.get("positions_" + cases.size()).asIntBuffer().get(positions);
            var values = arrays.get("logits_" + cases.size()).asFloatBuffer();
            float[][] logits = new float[positions.length][values.remaining() / positions.length];
            for (float[] row : logits) {
                values.get(row);
            }
            double[] margins = ((List<Number>) fields.get("greedy_margin"))
                    .stream().mapToDouble(Number::doubleValue).toArray();
            cases.add(new Case(ints(fields.get("prompt")), positions, logits, ints(fields.get("greedy")), margins));
        }
        return new Bonsai(cases);
    }

    private static int[] ints(Object list) {
        return ((List<?>) list)
                .stream().mapToInt(each -> ((Number) each).intValue()).toArray();
    }

    /** The data of the arrays of an npz file, by name; little-endian, of four bytes each. */
    private static Map<String, ByteBuffer> arrays(String resource) {
        Map<String, ByteBuffer> arrays = new HashMap<>();
        try (InputStream in = Bonsai.class.getResourceAsStream(resource);
                ZipInputStream zip = new ZipInputStream(in)) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                ByteBuffer npy = ByteBuffer.wrap(zip.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
                int header = 10 + npy.getShort(8);
                arrays.put(
                        entry.getName().replace(".npy", ""),
                        npy.slice(header, npy.capacity() - header).order(ByteOrder.LITTLE_ENDIAN));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return arrays;
    }
}
