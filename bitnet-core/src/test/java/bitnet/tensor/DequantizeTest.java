package bitnet.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every element type against an independent reading of ggml's layouts in numpy, of the same pseudo-random blocks. */
class DequantizeTest {
    private static final int ROWS = 3;
    private static final int COLUMNS = 512;

    @ParameterizedTest
    @CsvSource({
        "F32, 1, 3, 33877afda83c893b01acfb95331ed76a5062c86925547512e1c14ad163ffa4e9",
        "F16, 2, 1, 034dca99498c0f47af2d2560d96d15398ea1976deb99ef305403f4b2b740a8a2",
        "BF16, 3, 1, fe88e996280a1aab93afabf034b7542b15f9cfb6b76a31003053fe3d74a57d3c",
        "Q8_0, 4, 1, d721e2b4d2b575f4b88a992bc9c99922185824c828a97688cdf86d4eef543e8d",
        "Q6_K, 5, 209, 2196f70d25daa140458c36ffc725252b5c7226e5a4d98ccf0859b5f17c532adf",
        "Q5_0, 6, 1, d46febf40e253d5c199c4b02ddf718830a5910d2e16e92da56aeb05f68104e9b",
        "Q4_0, 7, 1, 7a639104b8c14d1e9667f47e810d2a039982da84863eff8db311f58a7d707149",
    })
    void agreesWithNumpy(ElementType type, int seed, int exponentByte, String sha256) throws Exception {
        byte[] data = blocks(type, seed, exponentByte);
        ByteBuffer values = ByteBuffer.allocate(ROWS * COLUMNS * 4).order(ByteOrder.LITTLE_ENDIAN);
        float[] row = new float[COLUMNS];
        for (int r = 0; r < ROWS; r++) {
            Dequantize.row(type, MemorySegment.ofArray(data), r * type.rowBytes(COLUMNS), COLUMNS, row);
            for (float value : row) {
                values.putFloat(value);
            }
        }
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(values.array());
        assertThat(HexFormat.of().formatHex(digest)).isEqualTo(sha256);
    }

    /** Bytes of a linear congruential generator, with scales kept finite by a cleared exponent bit. */
    private static byte[] blocks(ElementType type, int seed, int exponentByte) {
        byte[] data = new byte[(int) type.rowBytes(COLUMNS) * ROWS];
        int state = seed;
        for (int i = 0; i < data.length; i++) {
            state = state * 1103515245 + 12345 & 0x7FFFFFFF;
            data[i] = (byte) (state >> 16);
            if (i % type.blockBytes() == exponentByte) {
                data[i] &= (byte) 0xBF;
            }
        }
        return data;
    }

    @Test
    void neverReadsBeyondTheRow() {
        float[] out = new float[64];
        assertThatThrownBy(() -> Dequantize.row(ElementType.Q8_0, MemorySegment.ofArray(new byte[67]), 0, 64, out))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> Dequantize.row(ElementType.Q6_K, MemorySegment.ofArray(new byte[210]), 0, 64, out))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
