package bitnet.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.Model;
import bitnet.model.Attention;
import bitnet.model.GatedFeedForward;
import bitnet.model.Layer;
import bitnet.model.Linear;
import bitnet.model.ModelFile;
import bitnet.model.ModelFingerprint;
import bitnet.model.ScaleGranularity;
import bitnet.model.TernaryTable;
import bitnet.model.TernaryTensor;
import bitnet.model.Transformer;
import bitnet.tensor.TernaryLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** GGUF models written as MLX stores them in groups of 64: the same model, whichever groups count. */
class MlxGroupsTest {
    private static final int GROUP = 64;

    @TempDir
    private Path directory;

    private static Path resource(String name) throws Exception {
        return Path.of(Objects.requireNonNull(MlxGroupsTest.class.getResource("/families/" + name))
                .toURI());
    }

    @ParameterizedTest
    @CsvSource({
        "tiny-bonsai-qwen3-g64/, q2_0.gguf, 2, GROUP_64",
        "tiny-bonsai-qwen3-g64/, q2_0-plus2.gguf, 2, GROUP_64",
        "tiny-bonsai-qwen3/, q2_0.gguf, 2, GROUP_128",
        "tiny-bonsai-qwen3-1bit-yarn/, q1_0.gguf, 1, GROUP_128",
    })
    void isTheSameModel(String folder, String file, int bits, ScaleGranularity granularity) throws Exception {
        try (ModelFile gguf = Model.open(resource(folder + file))) {
            write(gguf.transformer(), bits, Files.readString(resource(folder + "config.json")));
            try (ModelFile mlx = Model.open(directory)) {
                assertThat(mlx.transformer().layers().getFirst().matrices())
                        .allMatch(matrix -> matrix.granularity() == granularity);
                assertThat(ModelFingerprint.of(mlx.transformer())).isEqualTo(ModelFingerprint.of(gguf.transformer()));
            }
        }
    }

    private void write(Transformer model, int bits, String config) throws Exception {
        var out = new SafetensorsBuilder();
        table(out, "model.embed_tokens.", (TernaryTable) model.embedding(), bits);
        for (int i = 0; i < model.layers().size(); i++) {
            layer(out, "model.layers." + i + ".", model.layers().get(i), bits);
        }
        norm(out, "model.norm.weight", model.outputNorm());
        if (!model.isTied()) {
            table(out, "lm_head.", (TernaryTable) model.head(), bits);
        }
        out.write(directory.resolve("model.safetensors"));
        String shape = config.replaceAll("(?s),\\s*\"quantization(_config)?\": \\{[^}]*\\}", "");
        Files.writeString(
                directory.resolve("config.json"),
                shape.substring(0, shape.lastIndexOf('}')) + ",\"quantization\":{\"group_size\":64,\"bits\":" + bits
                        + ",\"mode\":\"affine\"}}");
    }

    private static void layer(SafetensorsBuilder out, String prefix, Layer layer, int bits) {
        Attention attention = layer.attention();
        GatedFeedForward feedForward = layer.gated();
        norm(out, prefix + "input_layernorm.weight", layer.mixerNorm());
        norm(out, prefix + "self_attn.q_norm.weight", attention.headNorms().query());
        norm(out, prefix + "self_attn.k_norm.weight", attention.headNorms().key());
        linear(out, prefix + "self_attn.q_proj.", attention.query(), bits);
        linear(out, prefix + "self_attn.k_proj.", attention.key(), bits);
        linear(out, prefix + "self_attn.v_proj.", attention.value(), bits);
        linear(out, prefix + "self_attn.o_proj.", attention.output(), bits);
        norm(out, prefix + "post_attention_layernorm.weight", layer.feedForwardNorm());
        linear(out, prefix + "mlp.gate_proj.", feedForward.gate(), bits);
        linear(out, prefix + "mlp.up_proj.", feedForward.up(), bits);
        linear(out, prefix + "mlp.down_proj.", feedForward.down(), bits);
    }

    private static void norm(SafetensorsBuilder out, String name, float[] weights) {
        out.add(name, "F32", "[" + weights.length + "]", SafetensorsBuilder.f32(weights));
    }

    private static void table(SafetensorsBuilder out, String module, TernaryTable table, int bits) {
        matrix(out, module, table.tensor(), bits);
    }

    private static void linear(SafetensorsBuilder out, String module, Linear linear, int bits) {
        matrix(out, module, linear.weight(), bits);
    }

    private static void matrix(SafetensorsBuilder out, String module, TernaryTensor tensor, int bits) {
        int rows = tensor.rows();
        int columns = tensor.columns();
        int groups = columns / GROUP;
        byte[] codes = new byte[rows * columns * bits / 8];
        ByteBuffer scales = ByteBuffer.allocate(2 * rows * groups).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer biases = ByteBuffer.allocate(2 * rows * groups).order(ByteOrder.LITTLE_ENDIAN);
        TernaryTensor.Packed packed = tensor.pack(Arena.ofAuto());
        int own = tensor.granularity().columns();
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                long at = row * TernaryLayout.rowBytes(columns) + TernaryLayout.byteOf(column);
                int code = packed.codes().get(ValueLayout.JAVA_BYTE, at) >> TernaryLayout.shiftOf(column) & 3;
                int bit = (row * columns + column) * bits;
                codes[bit / 8] |= (byte) ((bits == 1 ? code / 2 : code) << bit % 8);
            }
            for (int group = 0; group < groups; group++) {
                long index = (long) row * tensor.granularity().groups(columns) + (long) group * GROUP / own;
                float scale = Float.float16ToFloat(packed.groupScales().getAtIndex(ValueLayout.JAVA_SHORT, index));
                scales.putShort(Float.floatToFloat16(bits == 1 ? 2 * scale : scale));
                biases.putShort(Float.floatToFloat16(-scale));
            }
        }
        String shape = "[" + rows + ",%d]";
        out.add(module + "weight", "U32", shape.formatted(columns * bits / 32), codes);
        out.add(module + "scales", "F16", shape.formatted(groups), scales.array());
        out.add(module + "biases", "F16", shape.formatted(groups), biases.array());
    }
}
