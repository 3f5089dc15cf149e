package bitnet.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.JsonResource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The same ids and the same text as tiktoken (Llama 3), Hugging Face tokenizers (demo) and SentencePiece give. */
class ReferenceTest {
    @Test
    void llama3() {
        compare(Tokenizer.of(Vocabularies.llama3()), "llama3_shared.json", 221, true);
    }

    @Test
    void demo() {
        compare(Tokenizer.of(Vocabularies.demo()), "demo_shared.json", 171, true);
    }

    @Test
    void sentencePiece() {
        compare(Tokenizer.of(Vocabularies.sentencePiece()), "spm_shared.json", 129, false);
    }

    private static void compare(Tokenizer tokenizer, String cases, int count, boolean special) {
        List<Map<String, Object>> all = JsonResource.objects(ReferenceTest.class, cases);
        assertThat(all).hasSize(count);
        for (var one : all) {
            String text = (String) one.get("text");
            int[] ids = ((List<?>) one.get("ids"))
                    .stream().mapToInt(id -> ((Long) id).intValue()).toArray();
            assertThat(tokenizer.encode(text, special)).as(text).isEqualTo(ids);
            assertThat(tokenizer.decode(ids, special)).as(text).isEqualTo(one.get("decoded"));
        }
    }
}
