package bitnet.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.JsonResource;
import bitnet.tokenizer.PreTokenizer;
import bitnet.tokenizer.Tokenizer;
import bitnet.tokenizer.TokenizerSpec;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Vocabularies of the families as GGUF files have them, against the ids of the Hugging Face library. */
class FamilyVocabularyTest {
    @ParameterizedTest
    @ValueSource(strings = {"qwen2", "qwen35", "gemma", "qwen2-embedding"})
    void givesTheReferencesIds(String family) {
        Tokenizer tokenizer = Tokenizer.of(spec(family));
        List<Map<String, Object>> cases =
                JsonResource.objects(Tokenizer.class, "families/" + family + "/tokenizer_cases.json");
        assertThat(cases).hasSize(27);
        for (var one : cases) {
            String text = (String) one.get("text");
            int[] ids = ((List<?>) one.get("ids"))
                    .stream().mapToInt(id -> ((Long) id).intValue()).toArray();
            assertThat(tokenizer.spec().withEnds(tokenizer.encode(text, true)))
                    .as(text)
                    .isEqualTo(ids);
            assertThat(tokenizer.decode(ids, false)).as(text).isEqualTo(one.get("decoded"));
        }
    }

    @Test
    void saysWhatTheFilesSay() {
        assertThat(spec("qwen2").preTokenizer()).isEqualTo(PreTokenizer.QWEN2);
        assertThat(spec("qwen2").addBos()).isFalse();
        assertThat(spec("qwen2").addEos()).isFalse();
        assertThat(spec("qwen2").endOfGeneration()).containsExactly(597, 599);
        assertThat(spec("qwen35").preTokenizer()).isEqualTo(PreTokenizer.QWEN35);
        assertThat(spec("gemma").addSpacePrefix()).isFalse();
        assertThat(spec("gemma").addBos()).isTrue();
        assertThat(spec("gemma").addEos()).isTrue();
        assertThat(spec("qwen2-embedding").addEos()).isTrue();
        assertThat(spec("qwen2-embedding").eos()).isEqualTo(597);
    }

    private static TokenizerSpec spec(String family) {
        byte[] file = Resources.bytes("/bitnet/tokenizer/families/" + family + "/vocab.gguf");
        return GgufModel.of(GgufFile.of(family, MemorySegment.ofArray(file)), GgufOptions.DEFAULT)
                .tokenizer();
    }
}
