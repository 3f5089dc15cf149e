package bitnet.safetensors;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** Writes checkpoints with random weights for tests: one block, 256 wide, 4 heads of 64, 2 for keys and values. */
final class RandomCheckpoint {
    private static final int HIDDEN = 256;
    private static final int FEED_FORWARD = 512;
    private static final int KV = 128;

    private final SafetensorsBuilder[] shards;
    private final StringBuilder weightMap = new StringBuilder();
    private final Random random;
    private final boolean packed;
    private int count;

    private RandomCheckpoint(int shards, boolean packed, long seed) {
        this.shards = new SafetensorsBuilder[shards];
        for (int i = 0; i < shards; i++) {
            this.shards[i] = new SafetensorsBuilder();
        }
        this.packed = packed;
        this.random = new Random(seed);
    }

    /**
     * Writes config.json and weights.
     *
     * @param config fields of config.json beside the shape
     * @param subNorms names of the two sub-norms in their modules; none for a Llama
     * @param packed two bits a weight, or master weights in half precision
     */
    static void write(
            Path directory, String config, int vocabulary, String[] subNorms, boolean packed, int shards, long seed)
            throws IOException {
        Files.writeString(directory.resolve("config.json"), """
                {"hidden_size":256,"intermediate_size":512,"num_hidden_layers":1,"num_attention_heads":4,
                 "num_key_value_heads":2,"max_position_embeddings":64,"rms_norm_eps":1e-5,"vocab_size":%d,%s}""".formatted(vocabulary, config));
        RandomCheckpoint checkpoint = new RandomCheckpoint(shards, packed, seed);
        checkpoint.add(vocabulary, subNorms, config.contains("\"tie_word_embeddings\":true"));
        checkpoint.save(directory);
    }

    private void add(int vocabulary, String[] subNorms, boolean tied) {
        String block = "model.layers.0.";
        floats("model.embed_tokens.weight", vocabulary * HIDDEN, "[" + vocabulary + ", " + HIDDEN + "]");
        if (!tied) {
            floats("lm_head.weight", vocabulary * HIDDEN, "[" + vocabulary + ", " + HIDDEN + "]");
        }
        norm("model.norm", HIDDEN);
        norm(block + "input_layernorm", HIDDEN);
        norm(block + "post_attention_layernorm", HIDDEN);
        if (subNorms.length > 0) {
            norm(block + "self_attn." + subNorms[0], HIDDEN);
            norm(block + "mlp." + subNorms[1], FEED_FORWARD);
        }
        linear(block + "self_attn.q_proj", HIDDEN, HIDDEN);
        linear(block + "self_attn.k_proj", KV, HIDDEN);
        linear(block + "self_attn.v_proj", KV, HIDDEN);
        linear(block + "self_attn.o_proj", HIDDEN, HIDDEN);
        linear(block + "mlp.gate_proj", FEED_FORWARD, HIDDEN);
        linear(block + "mlp.up_proj", FEED_FORWARD, HIDDEN);
        linear(block + "mlp.down_proj", HIDDEN, FEED_FORWARD);
    }

    private void linear(String module, int rows, int columns) {
        if (!packed) {
            floats(module + ".weight", rows * columns, "[" + rows + ", " + columns + "]");
            return;
        }
        byte[] codes = new byte[rows / 4 * columns];
        for (int i = 0; i < codes.length; i++) {
            for (int shift = 0; shift < 8; shift += 2) {
                codes[i] |= (byte) (random.nextInt(3) << shift);
            }
        }
        add(module + ".weight", "U8", "[" + rows / 4 + ", " + columns + "]", codes);
        float scale = 5 + random.nextFloat();
        add(module + ".weight_scale", "BF16", "[1]", SafetensorsBuilder.bf16(scale));
    }

    private void norm(String module, int width) {
        floats(module + ".weight", width, "[" + width + "]");
    }

    private void floats(String name, int length, String shape) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian() / 10;
        }
        add(name, "F16", shape, SafetensorsBuilder.f16(values));
    }

    private void add(String name, String dtype, String shape, byte[] bytes) {
        int shard = count++ % shards.length;
        shards[shard].add(name, dtype, shape, bytes);
        weightMap.append(count == 1 ? "" : ",").append("\"%s\":\"%s\"".formatted(name, file(shard)));
    }

    private static String file(int shard) {
        return "model-%05d.safetensors".formatted(shard + 1);
    }

    private void save(Path directory) throws IOException {
        if (shards.length == 1) {
            shards[0].write(directory.resolve("model.safetensors"));
            return;
        }
        for (int i = 0; i < shards.length; i++) {
            shards[i].write(directory.resolve(file(i)));
        }
        Files.writeString(directory.resolve("model.safetensors.index.json"), "{\"weight_map\":{" + weightMap + "}}");
    }
}
