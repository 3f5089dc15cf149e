package bitnet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class EmbeddingTest {
    private static Embedding of(float... vector) {
        return new Embedding(vector, 1, false);
    }

    @Test
    void comparesDirections() {
        assertThat(of(1, 2, 3).similarity(of(2, 4, 6))).isCloseTo(1, within(1e-12));
        assertThat(of(1, 0).similarity(of(0, 5))).isZero();
        assertThat(of(1, 0).similarity(of(-3, 0))).isCloseTo(-1, within(1e-12));
        assertThat(of(0, 0).similarity(of(1, 0))).isZero();
        assertThatIllegalArgumentException().isThrownBy(() -> of(1).similarity(of(1, 2)));
    }

    @Test
    void roundsToBytes() {
        assertThat(of(0.5f, -1f, 0.25f, 0f, 2f).int8()).containsExactly(32, -64, 16, 0, 127);
        assertThat(of(0f, -0f).int8()).containsExactly(0, 0);
        assertThat(of(Float.MIN_VALUE).int8()).containsExactly(127);
    }

    @Test
    void bytesKeepTheDirection() {
        SplittableRandom random = new SplittableRandom(4);
        float[] vector = new float[1024];
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (float) random.nextGaussian();
        }
        byte[] codes = of(vector).int8();
        float[] back = new float[vector.length];
        for (int i = 0; i < back.length; i++) {
            back[i] = codes[i];
        }
        assertThat(of(back).similarity(of(vector))).isGreaterThan(0.9998);
    }

    /** As {@code numpy.packbits(v > 0)} packs them. */
    @Test
    void keepsSignsAsBits() {
        assertThat(of(1, -1, 0, 2, -3, -0f, 1, 1, 5, -5).binary())
                .containsExactly((byte) 0b10010011, (byte) 0b10000000);
    }
}
