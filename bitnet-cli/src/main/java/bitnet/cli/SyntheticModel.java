package bitnet.cli;

import bitnet.gguf.GgufTensorType;
import bitnet.gguf.GgufWriter;
import bitnet.spi.Cancellation;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;

/**
 * A random model. Ternary weights are -1, 0 and +1 with probabilities 74, 108 and 74 in 256; scales are about
 * {@code 1 / sqrt(columns)}, so that activations keep their size; the embedding is normal with a deviation of 0.6. The same
 * seed gives the same file.
 */
final class SyntheticModel {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int CHUNK = 1 << 20;
    /** The scale and padding behind the codes of an I2_S tensor. */
    private static final int I2S_TAIL = 32;

    /** Of PQ2_0. */
    private static final int BLOCK_WEIGHTS = 128;

    private static final int BLOCK_BYTES = 34;

    private static final int MINUS_ONE = 74;
    private static final int ZERO = 108;
    private static final float EMBEDDING_DEVIATION = 0.6f;
    private static final int CONTEXT = 4096;

    /** The shape of a real model. */
    enum Shape {
        BITNET_2B4T("2b4t", "bitnet-b1.58", 30, 2560, 6912, 20, 5, 128, 128256, true),
        LLAMA3_8B("8b", "llama", 32, 4096, 14336, 32, 8, 128, 128256, false),
        BONSAI_1B7("bonsai-1.7b", "qwen3", 28, 2048, 6144, 16, 8, 128, 151669, true),
        BONSAI_4B("bonsai-4b", "qwen3", 36, 2560, 9728, 32, 8, 128, 151669, true),
        BONSAI_8B("bonsai-8b", "qwen3", 36, 4096, 12288, 32, 8, 128, 151669, false),
        BONSAI_TINY("bonsai-tiny", "qwen3", 2, 256, 768, 4, 2, 64, 1024, true),
        EMBEDDING_0B6("embedding-0.6b", "qwen3", 28, 1024, 3072, 16, 8, 128, 151669, true),
        EMBEDDING_270M("embedding-270m", "gemma3", 18, 640, 2048, 4, 1, 256, 262144, true),
        EMBEDDING_TINY("embedding-tiny", "qwen3", 2, 256, 768, 4, 2, 64, 1024, true),
        TINY("tiny", "bitnet-b1.58", 2, 256, 768, 4, 2, 64, 1024, true);

        private final String label;
        private final String architecture;
        private final int layers;
        private final int hidden;
        private final int feedForward;
        private final int heads;
        private final int kvHeads;
        private final int headDim;
        private final int vocabulary;
        private final boolean tied;

        Shape(
                String label,
                String architecture,
                int layers,
                int hidden,
                int feedForward,
                int heads,
                int kvHeads,
                int headDim,
                int vocabulary,
                boolean tied) {
            this.label = label;
            this.architecture = architecture;
            this.layers = layers;
            this.hidden = hidden;
            this.feedForward = feedForward;
            this.heads = heads;
            this.kvHeads = kvHeads;
            this.headDim = headDim;
            this.vocabulary = vocabulary;
            this.tied = tied;
        }

        int layers() {
            return layers;
        }

        /** Labels of all shapes. */
        static String labels() {
            return Arrays.stream(values()).map(shape -> shape.label).collect(Collectors.joining(", "));
        }

        /** Whether weights have scales of groups, embedding and head are ternary, and the heads of queries and keys are normed. */
        private boolean isBonsai() {
            return label.startsWith("bonsai");
        }

        /** Whether every projection norms its input, and the heads of queries and keys are normed. */
        private boolean isEmbedding() {
            return label.startsWith("embedding");
        }

        private boolean isGemma() {
            return architecture.equals("gemma3");
        }

        static Optional<Shape> parse(String label) {
            return Arrays.stream(values())
                    .filter(shape -> shape.label.equals(label))
                    .findFirst();
        }
    }

    private final Shape shape;
    private final int layers;
    private final long seed;
    private final Cancellation cancellation;
    private final GgufWriter writer = new GgufWriter();
    private final byte[] fourCodes = fourCodes();
    private final short[] normals;

    SyntheticModel(Shape shape, int layers, long seed, Cancellation cancellation) {
        this.shape = shape;
        this.layers = layers;
        this.seed = seed;
        this.cancellation = cancellation;
        this.normals = normals(new Random(seed));
    }

    /** Writes the file. */
    void write(WritableByteChannel channel) throws IOException {
        metadata();
        boolean subNorms = shape.architecture.startsWith("bitnet");
        int query = shape.heads * shape.headDim;
        int kv = shape.kvHeads * shape.headDim;
        table("token_embd.weight");
        for (int i = 0; i < layers; i++) {
            String block = "blk." + i + ".";
            norm(block + "attn_norm.weight", shape.hidden);
            ternary(block + "attn_q.weight", query, shape.hidden);
            ternary(block + "attn_k.weight", kv, shape.hidden);
            ternary(block + "attn_v.weight", kv, shape.hidden);
            if (shape.isBonsai() || shape.isEmbedding()) {
                norm(block + "attn_q_norm.weight", shape.headDim);
                norm(block + "attn_k_norm.weight", shape.headDim);
            }
            if (subNorms) {
                norm(block + "attn_sub_norm.weight", query);
                norm(block + "ffn_sub_norm.weight", shape.feedForward);
            }
            ternary(block + "attn_output.weight", shape.hidden, query);
            norm(block + "ffn_norm.weight", shape.hidden);
            ternary(block + "ffn_gate.weight", shape.feedForward, shape.hidden);
            ternary(block + "ffn_up.weight", shape.feedForward, shape.hidden);
            ternary(block + "ffn_down.weight", shape.hidden, shape.feedForward);
            if (shape.isGemma()) {
                norm(block + "post_attention_norm.weight", shape.hidden);
                norm(block + "post_ffw_norm.weight", shape.hidden);
            }
        }
        norm("output_norm.weight", shape.hidden);
        if (!shape.tied) {
            table("output.weight");
        }
        writer.write(channel);
    }

    private void metadata() {
        String prefix = shape.architecture + ".";
        writer.text("general.architecture", shape.architecture)
                .text("general.name", "synthetic " + shape.label)
                .uint32("general.file_type", shape.isBonsai() ? 141 : 40)
                .uint32(prefix + "vocab_size", shape.vocabulary)
                .uint32(prefix + "context_length", CONTEXT)
                .uint32(prefix + "embedding_length", shape.hidden)
                .uint32(prefix + "block_count", layers)
                .uint32(prefix + "feed_forward_length", shape.feedForward)
                .uint32(prefix + "rope.dimension_count", shape.headDim)
                .uint32(prefix + "attention.head_count", shape.heads)
                .uint32(prefix + "attention.head_count_kv", shape.kvHeads)
                .float32(
                        prefix + "attention.layer_norm_rms_epsilon",
                        shape.isBonsai() || shape.isEmbedding() ? 1e-6f : 1e-5f)
                .float32(prefix + "rope.freq_base", shape.isBonsai() || shape.isEmbedding() ? 1_000_000 : 500_000);
        if (shape.isEmbedding()) {
            writer.uint32(prefix + "pooling_type", 3);
        }
        if (shape.isGemma()) {
            writer.uint32(prefix + "attention.sliding_window", 512).float32(prefix + "rope.freq_base_swa", 10_000);
        }
        if (shape.heads * shape.headDim != shape.hidden) {
            writer.uint32(prefix + "attention.key_length", shape.headDim)
                    .uint32(prefix + "attention.value_length", shape.headDim);
        }
        SyntheticVocabulary.write(writer, shape.vocabulary);
    }

    private void norm(String name, int width) {
        writer.tensor(name, GgufTensorType.F32, List.of((long) width), output -> {
            Random random = new Random(seed ^ name.hashCode());
            MemorySegment bytes = MemorySegment.ofArray(new byte[width * Float.BYTES]);
            for (int i = 0; i < width; i++) {
                bytes.set(INT, i * 4L, Float.floatToRawIntBits(1 + 0.1f * (float) random.nextGaussian()));
            }
            output.write(bytes);
        });
    }

    private void ternary(String name, int rows, int columns) {
        if (shape.isEmbedding()) {
            norm(name.replace(".weight", "_norm_in.weight"), columns);
        }
        if (shape.isBonsai()) {
            groups(name, rows, columns, 1 / Math.sqrt(columns));
        } else {
            matrix(name, rows, columns);
        }
    }

    /** Blocks of 128 weights: their scale, about as large as given, then the codes. */
    private void groups(String name, int rows, int columns, double scale) {
        writer.tensor(name, GgufTensorType.PQ2_0, List.of((long) columns, (long) rows), output -> {
            Bits bits = new Bits(seed, name);
            byte[] chunk = new byte[BLOCK_BYTES << 13];
            for (long left = (long) rows * columns / BLOCK_WEIGHTS * BLOCK_BYTES; left > 0; left -= chunk.length) {
                cancellation.check();
                for (int block = 0; block < chunk.length; block += BLOCK_BYTES) {
                    double factor = 0.8 + 0.8 * (bits.next() >>> 11) * 0x1.0p-53;
                    short half = Float.floatToFloat16((float) (factor * scale));
                    chunk[block] = (byte) half;
                    chunk[block + 1] = (byte) (half >> 8);
                    for (int i = block + 2; i < block + BLOCK_BYTES; i += 4) {
                        fill(chunk, i, bits.next());
                    }
                }
                output.write(MemorySegment.ofArray(chunk).asSlice(0, Math.min(left, chunk.length)));
            }
        });
    }

    private void fill(byte[] chunk, int at, long random) {
        chunk[at] = fourCodes[(int) random & 0xffff];
        chunk[at + 1] = fourCodes[(int) (random >>> 16) & 0xffff];
        chunk[at + 2] = fourCodes[(int) (random >>> 32) & 0xffff];
        chunk[at + 3] = fourCodes[(int) (random >>> 48)];
    }

    private void matrix(String name, int rows, int columns) {
        writer.tensor(name, GgufTensorType.I2_S, List.of((long) columns, (long) rows), output -> {
            Bits bits = new Bits(seed, name);
            long left = (long) rows * columns / 4;
            byte[] chunk = new byte[CHUNK];
            for (; left > 0; left -= CHUNK) {
                cancellation.check();
                for (int i = 0; i < CHUNK; i += 4) {
                    fill(chunk, i, bits.next());
                }
                output.write(MemorySegment.ofArray(chunk).asSlice(0, Math.min(left, CHUNK)));
            }
            MemorySegment tail = MemorySegment.ofArray(new byte[I2S_TAIL]);
            double factor = 0.8 + 0.8 * (bits.next() >>> 11) * 0x1.0p-53;
            tail.set(INT, 0, Float.floatToRawIntBits((float) (factor / Math.sqrt(columns))));
            output.write(tail);
        });
    }

    private void table(String name) {
        if (shape.isBonsai()) {
            groups(name, shape.vocabulary, shape.hidden, EMBEDDING_DEVIATION);
            return;
        }
        writer.tensor(name, GgufTensorType.F16, List.of((long) shape.hidden, (long) shape.vocabulary), output -> {
            Bits bits = new Bits(seed, name);
            long left = 2L * shape.hidden * shape.vocabulary;
            byte[] chunk = new byte[CHUNK];
            MemorySegment bytes = MemorySegment.ofArray(chunk);
            for (; left > 0; left -= CHUNK) {
                cancellation.check();
                for (int i = 0; i < CHUNK; i += 8) {
                    long random = bits.next();
                    for (int j = 0; j < 4; j++) {
                        short half = normals[(int) (random >>> (16 * j)) & 0xffff];
                        chunk[i + 2 * j] = (byte) half;
                        chunk[i + 2 * j + 1] = (byte) (half >> 8);
                    }
                }
                output.write(bytes.asSlice(0, Math.min(left, CHUNK)));
            }
        });
    }

    /** For 16 random bits a byte of four codes, each with its probability: 256 to the power of 4 ways, rounded to 65,536. */
    private static byte[] fourCodes() {
        byte[] table = new byte[1 << 16];
        Random random = new Random(0);
        for (int i = 0; i < table.length; i++) {
            int codes = 0;
            for (int j = 0; j < 4; j++) {
                int r = random.nextInt(256);
                codes = codes << 2 | (r < MINUS_ONE ? 0 : r < MINUS_ONE + ZERO ? 1 : 2);
            }
            table[i] = (byte) codes;
        }
        return table;
    }

    private static short[] normals(Random random) {
        short[] table = new short[1 << 16];
        for (int i = 0; i < table.length; i++) {
            table[i] = Float.floatToFloat16(EMBEDDING_DEVIATION * (float) random.nextGaussian());
        }
        return table;
    }

    /** SplitMix64, inlined by the compiler: a gigabyte of random bits a second. */
    private static final class Bits {
        private long state;

        Bits(long seed, String name) {
            this.state = seed * 0x9e3779b97f4a7c15L ^ name.hashCode();
        }

        long next() {
            state += 0x9e3779b97f4a7c15L;
            long z = (state ^ (state >>> 30)) * 0xbf58476d1ce4e5b9L;
            z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
            return z ^ (z >>> 31);
        }
    }
}
