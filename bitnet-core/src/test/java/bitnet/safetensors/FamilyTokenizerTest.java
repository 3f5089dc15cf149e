package bitnet.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.JsonResource;
import bitnet.json.JsonReader;
import bitnet.tokenizer.Tokenizer;
import bitnet.tokenizer.TokenizerSpec;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokenizers of the families as Hugging Face repositories have them, against the ids of the library that reads these. */
class FamilyTokenizerTest {
    @ParameterizedTest
    @ValueSource(strings = {"qwen2", "qwen35", "gemma", "qwen2-embedding"})
    void givesTheReferencesIds(String family) throws IOException {
        TokenizerSpec spec = HuggingFaceTokenizer.read(
                TokenizerJson.read(reader(family, "tokenizer.json")),
                TokenizerConfig.read(reader(family, "tokenizer_config.json")),
                600,
                -1,
                List.of());
        Tokenizer tokenizer = Tokenizer.of(spec);
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

    private static JsonReader reader(String family, String file) throws IOException {
        try (InputStream in = Tokenizer.class.getResourceAsStream("families/" + family + "/" + file)) {
            return JsonReader.of(file, in.readAllBytes());
        }
    }
}
