package bitnet.engine;

import bitnet.JsonResource;
import bitnet.PoolingType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** What transformers computes for small BitNet embedding models of random weights. */
record EmbeddingReference(List<int[]> prompts, Map<String, float[]> arrays) {
    static EmbeddingReference of(String model) {
        String folder = "/families/" + model + "/";
        var root = (Map<?, ?>) JsonResource.read(EmbeddingReference.class, folder + "expected.json");
        List<int[]> prompts = ((List<?>) root.get("prompts"))
                .stream()
                        .map(ids -> ((List<?>) ids)
                                .stream()
                                        .mapToInt(id -> ((Number) id).intValue())
                                        .toArray())
                        .toList();
        return new EmbeddingReference(prompts, arrays(folder + "expected_embeddings.npz"));
    }

    static Path path(String file) {
        try {
            return Path.of(Objects.requireNonNull(EmbeddingReference.class.getResource("/families/" + file))
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The normalised vector of a prompt. */
    float[] vector(String kind, PoolingType pooling, int prompt) {
        return Objects.requireNonNull(arrays.get(kind + pooling.name().toLowerCase(Locale.ROOT) + "_" + prompt));
    }

    private static Map<String, float[]> arrays(String resource) {
        Map<String, float[]> arrays = new HashMap<>();
        try (InputStream in = EmbeddingReference.class.getResourceAsStream(resource);
                ZipInputStream zip = new ZipInputStream(in)) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                ByteBuffer npy = ByteBuffer.wrap(zip.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
                int from = 10 + npy.getShort(8);
                float[] values = new float[(npy.capacity() - from) / Float.BYTES];
                npy.slice(from, npy.capacity() - from)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .asFloatBuffer()
                        .get(values);
                arrays.put(entry.getName().replace(".npy", ""), values);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return arrays;
    }
}
