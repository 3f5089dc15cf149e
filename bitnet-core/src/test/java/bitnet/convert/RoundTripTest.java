package bitnet.convert;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.gguf.GgufModel;
import bitnet.gguf.GgufTensorType;
import bitnet.gguf.GgufWriter;
import bitnet.model.ScaleGranularity;
import bitnet.tensor.ElementType;
import bitnet.tensor.I2sLayout;
import bitnet.tensor.Quantize;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.io.TempDir;

/** Models of random shape, architecture and vocabulary through every type; conversion itself checks that they read back. */
class RoundTripTest {
    private final GgufWriter writer = new GgufWriter();

    @TempDir
    Path dir;

    @RepeatedTest(6)
    void everythingReadsBack(RepetitionInfo repetition) throws Exception {
        Random random = new Random(repetition.getCurrentRepetition());
        Path path = dir.resolve("source.gguf");
        write(path, random);
        for (WeightType type : WeightType.values()) {
            if (!type.holds(ScaleGranularity.TENSOR)) {
                continue;
            }
            ElementType[] embeddings = {ElementType.F16, ElementType.BF16, ElementType.Q8_0, ElementType.Q6_K};
            Path target = dir.resolve(type + ".gguf");
            try (GgufModel source = GgufModel.open(path)) {
                ConversionReport report = ModelConverter.convert(
                        source,
                        target,
                        ConvertOptions.to(type)
                                .withEmbeddingType(embeddings[random.nextInt(4)])
                                .withLayout(random.nextBoolean() ? I2sLayout.X86 : I2sLayout.ARM));
                assertThat(report.verification().weights()).isPositive();
                assertThat(report.verification().scaleError()).isLessThan(0.004);
            }
        }
    }

    private void write(Path path, Random random) throws IOException {
        boolean llama = random.nextBoolean();
        String architecture = llama ? "llama" : random.nextBoolean() ? "bitnet" : "bitnet-b1.58";
        int kvHeads = 1 + random.nextInt(2);
        int heads = kvHeads * (1 + random.nextInt(2));
        // The width of the attention's output is a row length too, so that blocks of 256 must divide it.
        int headDim = 256;
        int hidden = 256 * (1 + random.nextInt(3));
        int wide = 256 * (1 + random.nextInt(3));
        int tokens = 20 + random.nextInt(50);
        int padding = random.nextInt(5);
        int layers = 1 + random.nextInt(2);
        String prefix = architecture + ".";
        writer.text("general.architecture", architecture)
                .text("general.author", "nobody")
                .uint32(prefix + "context_length", 64)
                .uint32(prefix + "embedding_length", hidden)
                .uint32(prefix + "block_count", layers)
                .uint32(prefix + "feed_forward_length", wide)
                .uint32(prefix + "attention.head_count", heads)
                .uint32(prefix + "attention.head_count_kv", kvHeads)
                .uint32(prefix + "attention.key_length", headDim)
                .uint32(prefix + "attention.value_length", headDim)
                .float32(prefix + "attention.layer_norm_rms_epsilon", 1e-5f)
                .float32(prefix + "rope.freq_base", random.nextBoolean() ? 10000 : 1000042);
        vocabulary(random.nextBoolean(), tokens);
        table("token_embd.weight", hidden, tokens + padding, random);
        for (int i = 0; i < layers; i++) {
            String layer = "blk." + i + ".";
            norm(layer + "attn_norm.weight", hidden, random);
            norm(layer + "ffn_norm.weight", hidden, random);
            if (!llama) {
                norm(layer + "attn_sub_norm.weight", heads * headDim, random);
                norm(layer + "ffn_sub_norm.weight", wide, random);
            }
            ternary(layer + "attn_q.weight", hidden, heads * headDim, random);
            ternary(layer + "attn_k.weight", hidden, kvHeads * headDim, random);
            ternary(layer + "attn_v.weight", hidden, kvHeads * headDim, random);
            ternary(layer + "attn_output.weight", heads * headDim, hidden, random);
            ternary(layer + "ffn_gate.weight", hidden, wide, random);
            ternary(layer + "ffn_up.weight", hidden, wide, random);
            ternary(layer + "ffn_down.weight", wide, hidden, random);
        }
        norm("output_norm.weight", hidden, random);
        if (random.nextBoolean()) {
            table("output.weight", hidden, tokens + padding, random);
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            writer.write(channel);
        }
    }

    private void vocabulary(boolean bytes, int tokens) {
        String prefix = "tokenizer.ggml.";
        writer.text(prefix + "model", bytes ? "gpt2" : "llama")
                .strings(
                        prefix + "tokens",
                        IntStream.range(0, tokens).mapToObj(id -> "t" + id).toList())
                .uint32(prefix + "eos_token_id", 3)
                .uint32(prefix + "eot_token_id", 4)
                .uint32(prefix + "padding_token_id", 5);
        if (bytes) {
            writer.text(prefix + "pre", "llama-bpe").strings(prefix + "merges", List.of("t1 t2", "t2 t3"));
        } else {
            float[] scores = new float[tokens];
            scores[7] = -3.5f;
            writer.float32s(prefix + "scores", scores).flag(prefix + "add_space_prefix", false);
        }
    }

    private void table(String name, int columns, int rows, Random random) {
        float[] values = new float[columns * rows];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        floats(name, GgufTensorType.F32, ElementType.F32, values, List.of((long) columns, (long) rows));
    }

    private void norm(String name, int width, Random random) {
        float[] values = new float[width];
        for (int i = 0; i < width; i++) {
            values[i] = random.nextFloat();
        }
        floats(name, GgufTensorType.F32, ElementType.F32, values, List.of((long) width));
    }

    private void ternary(String name, int columns, int rows, Random random) {
        float scale = Float.float16ToFloat(Float.floatToFloat16(0.01f + random.nextFloat()));
        float[] values = new float[columns * rows];
        for (int i = 0; i < values.length; i++) {
            values[i] = (random.nextInt(3) - 1) * scale;
        }
        floats(name, GgufTensorType.F16, ElementType.F16, values, List.of((long) columns, (long) rows));
    }

    private void floats(String name, GgufTensorType type, ElementType element, float[] values, List<Long> dimensions) {
        byte[] data = new byte[(int) element.rowBytes(values.length)];
        Quantize.row(element, values, MemorySegment.ofArray(data), 0);
        writer.tensor(name, type, dimensions, output -> output.write(MemorySegment.ofArray(data)));
    }
}
