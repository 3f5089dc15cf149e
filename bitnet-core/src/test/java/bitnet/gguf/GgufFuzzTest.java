package bitnet.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.BitNetException;
import bitnet.Watchdog;
import bitnet.model.TernaryTensor;
import bitnet.model.Transformer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Damaged files end in a {@link BitNetException} or load; they do not end in anything else. */
@Timeout(300)
class GgufFuzzTest {
    private static final Watchdog WATCHDOG = new Watchdog(Duration.ofSeconds(5), 64 << 20);

    private static final long[] NASTY = {
        0,
        1,
        -1,
        2,
        3,
        4,
        8,
        255,
        256,
        1 << 16,
        Integer.MAX_VALUE,
        Integer.MIN_VALUE,
        1L << 32,
        1L << 40,
        Long.MAX_VALUE,
        Long.MIN_VALUE
    };

    @ParameterizedTest
    @CsvSource({"1, 32000", "2, 10000"})
    void damagedModelsAreRefusedOrLoad(long seed, int cases) {
        byte[] whole = model(seed == 1 ? "bitnet-b1.58" : "llama", seed == 1 ? 36 : 35);
        use(whole);
        Random random = new Random(seed);
        int refused = 0;
        for (int i = 0; i < cases; i++) {
            byte[] damaged = damage(whole, random);
            try {
                WATCHDOG.run(() -> "a case of seed " + seed, () -> use(damaged));
            } catch (BitNetException e) {
                refused++;
            } catch (RuntimeException | Error e) {
                throw new AssertionError("case " + i + " of seed " + seed, e);
            }
        }
        // Both outcomes occur: damage in the middle of weights or names of tokens does no harm.
        assertThat(refused).isBetween(cases / 5, cases - 1);
    }

    @ParameterizedTest
    @CsvSource({"spm-vocab.gguf", "tiny-bitnet-i2_s.gguf", "/families/tiny-bitnet-embedding-gemma3/i2_s.gguf"})
    void damagedHeadersOfRealFilesAreRefusedOrLoad(String name) {
        byte[] whole = Resources.bytes(name);
        int header = Math.min(whole.length, 12_000);
        Random random = new Random(7);
        for (int i = 0; i < 1500; i++) {
            byte[] damaged = whole.clone();
            for (int n = random.nextInt(3); n >= 0; n--) {
                damaged[random.nextInt(header)] = (byte) random.nextInt(256);
            }
            try {
                WATCHDOG.run(() -> "a header of " + name, () -> use(damaged));
            } catch (BitNetException e) {
                // as it should be
            }
        }
    }

    @Test
    void aModelCutAtEveryLengthIsRefused() {
        byte[] whole = model("bitnet-b1.58", 36);
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = java.util.Arrays.copyOf(whole, length);
            int bytes = length;
            org.assertj.core.api.Assertions.assertThatThrownBy(
                            () -> WATCHDOG.run(() -> "cut at " + bytes, () -> use(cut)))
                    .isInstanceOf(BitNetException.class);
        }
    }

    /** Does with a file what loading does. */
    private static void use(byte[] bytes) {
        GgufModel model = GgufModel.of(GgufFile.of("fuzz.gguf", MemorySegment.ofArray(bytes)), GgufOptions.DEFAULT);
        model.file()
                .metadata()
                .values()
                .values()
                .forEach(value -> assertThat(value.toString()).isNotNull());
        model.name();
        model.storage();
        model.samplingDefaults();
        model.chatTemplate();
        try {
            model.tokenizer();
        } catch (BitNetException e) {
            // the weights may be good still
        }
        Transformer transformer = model.transformer();
        try (Arena arena = Arena.ofConfined()) {
            for (TernaryTensor tensor : GoldenWeights.ternary(transformer)) {
                tensor.pack(arena);
            }
        }
    }

    private static byte[] damage(byte[] whole, Random random) {
        byte[] damaged = whole.clone();
        ByteBuffer buffer = ByteBuffer.wrap(damaged).order(ByteOrder.LITTLE_ENDIAN);
        for (int n = random.nextInt(4); n >= 0; n--) {
            // Three quarters of the damage is done to the first part, where the structure is.
            int limit = random.nextInt(4) > 0 ? whole.length / 3 : whole.length;
            int at = random.nextInt(limit - 8);
            switch (random.nextInt(6)) {
                case 0 -> damaged[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> damaged[at] = (byte) random.nextInt(256);
                case 2 -> buffer.putInt(at, (int) NASTY[random.nextInt(NASTY.length)]);
                case 3 -> buffer.putLong(at, NASTY[random.nextInt(NASTY.length)]);
                case 4 -> System.arraycopy(whole, random.nextInt(limit - 8), damaged, at, 8);
                default -> damaged = java.util.Arrays.copyOf(damaged, Math.max(16, random.nextInt(damaged.length) + 1));
            }
            if (damaged.length < whole.length) {
                break;
            }
        }
        return damaged;
    }

    /** A small model of one layer, 256 wide where the type needs it. */
    private static byte[] model(String architecture, int type) {
        boolean bitnet = architecture.startsWith("bitnet");
        int width = bitnet ? 32 : 256;
        int heads = bitnet ? 2 : 32;
        int small = bitnet ? 16 : 256;
        String[][] shapes = {
            {"attn_q", "" + width, "" + width},
            {"attn_k", "" + width, "" + small},
            {"attn_v", "" + width, "" + small},
            {"attn_output", "" + width, "" + width},
            {"ffn_gate", "" + width, "" + width},
            {"ffn_up", "" + width, "" + width},
            {"ffn_down", "" + width, "" + width}
        };
        String[] norms = bitnet
                ? new String[] {"attn_norm", "attn_sub_norm", "ffn_norm", "ffn_sub_norm"}
                : new String[] {"attn_norm", "ffn_norm"};
        GgufBytes file = GgufBytes.header(3, 2 + norms.length + shapes.length, 15)
                .text("general.architecture", architecture)
                .text("general.name", "fuzz")
                .uint32(architecture + ".context_length", 64)
                .uint32(architecture + ".embedding_length", width)
                .uint32(architecture + ".block_count", 1)
                .uint32(architecture + ".feed_forward_length", width)
                .uint32(architecture + ".attention.head_count", heads)
                .uint32(architecture + ".attention.head_count_kv", bitnet ? 1 : heads)
                .key(architecture + ".attention.layer_norm_rms_epsilon", GgufValueType.FLOAT32)
                .int32(Float.floatToIntBits(1e-5f))
                .text("tokenizer.ggml.model", "gpt2")
                .text("tokenizer.ggml.pre", "llama-bpe")
                .strings("tokenizer.ggml.tokens", "a", "b", "ab", "<|eot_id|>")
                .array("tokenizer.ggml.token_type", GgufValueType.INT32, 4)
                .int32(1)
                .int32(1)
                .int32(1)
                .int32(3)
                .strings("tokenizer.ggml.merges", "a b")
                .uint32("tokenizer.ggml.eos_token_id", 3);
        long offset = 0;
        file.tensor("token_embd.weight", 1, offset, width, 4);
        offset += width * 4 * 2;
        file.tensor("output_norm.weight", 0, offset, width);
        offset += width * 4;
        for (String norm : norms) {
            file.tensor("blk.0." + norm + ".weight", 0, offset, width);
            offset += width * 4;
        }
        for (String[] shape : shapes) {
            int columns = Integer.parseInt(shape[1]);
            int rows = Integer.parseInt(shape[2]);
            file.tensor("blk.0." + shape[0] + ".weight", type, offset, columns, rows);
            int bytes = type == 36 ? columns * rows / 4 + 32 : columns * rows / 256 * 66;
            offset += bytes + (-bytes & 31);
        }
        byte[] bytes = file.data((int) offset).bytes();
        int first = bytes.length - (int) offset + width * 4 * 2;
        ByteBuffer data = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < width * (1 + norms.length); i++) {
            data.putFloat(first + 4 * i, 1); // norms of zeros are refused
        }
        return bytes;
    }
}
