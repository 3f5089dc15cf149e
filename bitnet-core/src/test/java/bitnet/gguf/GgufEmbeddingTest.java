package bitnet.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.BitNetException;
import bitnet.ModelUnsupportedException;
import bitnet.PoolingType;
import bitnet.model.AttentionScope;
import bitnet.model.Pooling;
import bitnet.model.Rope;
import bitnet.model.RopeFrequencies;
import bitnet.model.Transformer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Keys of embedding models. */
class GgufEmbeddingTest {
    private static GgufEdit qwen3() {
        return GgufEdit.of("/families/tiny-bitnet-embedding-qwen3/i2_s.gguf");
    }

    private static GgufEdit gemma3() {
        return GgufEdit.of("/families/tiny-bitnet-embedding-gemma3/i2_s.gguf");
    }

    private static List<Integer> windows(Transformer model) {
        return model.layers().stream()
                .map(layer -> layer.attention().scope() == null
                        ? AttentionScope.ALL
                        : layer.attention().scope().window())
                .toList();
    }

    @ParameterizedTest
    @CsvSource({"0, LAST", "1, MEAN", "2, FIRST", "3, LAST"})
    void obeysThePooling(int id, PoolingType type) {
        Transformer model = qwen3().uint32("qwen3.pooling_type", id).open().transformer();
        assertThat(model.output()).isEqualTo(new Pooling(type, true));
        assertThat(model.outputWidth()).isEqualTo(128);
        assertThatThrownBy(model::head).isInstanceOf(ModelUnsupportedException.class);
    }

    @Test
    void withoutPoolingItIsTheLastToken() {
        assertThat(qwen3().drop("qwen3.pooling_type").open().transformer().output())
                .isEqualTo(new Pooling(PoolingType.LAST, true));
    }

    @ParameterizedTest
    @CsvSource({"4", "9"})
    void refusesOtherPoolings(int id) {
        assertThatThrownBy(() -> qwen3().uint32("qwen3.pooling_type", id).open().transformer())
                .isInstanceOf(ModelUnsupportedException.class)
                .hasMessageContaining("qwen3.pooling_type is " + id);
    }

    @Test
    void readsWindows() {
        Transformer model = gemma3().open().transformer();
        assertThat(windows(model)).containsExactly(64, 64, 64, 64, 64, AttentionScope.ALL);
        assertThat(model.layers().getFirst().attention().scope().rope())
                .isEqualTo(new Rope(RopeFrequencies.of(10_000, 64)));
        assertThat(model.layers().getLast().attention().scope())
                .isEqualTo(model.config().attentionScope());
        assertThat(model.embeddingScale()).isEqualTo((float) Math.sqrt(128));
        Transformer third = gemma3().uint32("gemma3.attention.sliding_window_pattern", 3)
                .open()
                .transformer();
        assertThat(windows(third)).containsExactly(64, 64, AttentionScope.ALL, 64, 64, AttentionScope.ALL);
        Transformer base = gemma3().drop("gemma3.rope.freq_base_swa").open().transformer();
        assertThat(base.layers().getFirst().attention().scope())
                .isEqualTo(model.layers().getFirst().attention().scope());
    }

    @Test
    void withoutAWindowEveryLayerSeesEverything() {
        Transformer model =
                gemma3().drop("gemma3.attention.sliding_window").open().transformer();
        assertThat(windows(model)).containsOnly(AttentionScope.ALL);
    }

    @Test
    void refusesWindowsElsewhere() {
        assertThatThrownBy(() -> qwen3().uint32("qwen3.attention.sliding_window", 64)
                        .open()
                        .transformer())
                .isInstanceOf(ModelUnsupportedException.class)
                .hasMessageContaining("qwen3.attention.sliding_window");
    }

    @Test
    void refusesAbsurdBases() {
        assertThatThrownBy(() -> gemma3().float32("gemma3.rope.freq_base_swa", -3f)
                        .open()
                        .transformer())
                .isInstanceOf(BitNetException.class)
                .hasMessageContaining("gemma3.rope.freq_base_swa");
    }

    @Test
    void refusesFloatGemma() {
        assertThatThrownBy(() -> gemma3().dropTensor("blk.0.attn_q_norm_in.weight")
                        .open()
                        .transformer())
                .isInstanceOf(ModelUnsupportedException.class)
                .hasMessageContaining("attn_q_norm_in");
    }

    @Test
    void missesANorm() {
        assertThatThrownBy(() ->
                        gemma3().dropTensor("blk.3.post_ffw_norm.weight").open().transformer())
                .isInstanceOf(BitNetException.class)
                .hasMessageContaining("blk.3.post_ffw_norm.weight");
    }
}
