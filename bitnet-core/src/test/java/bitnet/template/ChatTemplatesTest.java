package bitnet.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.ChatTemplateException;
import bitnet.template.ChatTemplate.Turn;
import bitnet.tokenizer.TokenizerSpec;
import bitnet.tokenizer.TokenizerSpec.Kind;
import bitnet.tokenizer.TokenizerSpec.TokenType;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChatTemplatesTest {
    /** What the converter of the official BitNet b1.58 2B-4T GGUF writes into every file. */
    private static final String PLACEHOLDER =
            "{% for message in messages %}{% if loop.first %}{{ bos_token }}{% endif %}"
                    + "{% if message['role'] == 'user' %}{{ 'Human: ' + message['content'] + '\\n\\nBITNETAssistant: ' + eos_token }}"
                    + "{% elif message['role'] == 'assistant' %}{{ message['content'] + eos_token }}{% endif %}{% endfor %}";

    private static final List<Turn> CHAT = List.of(
            new Turn("system", "Be brief."),
            new Turn("user", " Hi! "),
            new Turn("assistant", "Hello."),
            new Turn("user", "Bye"));

    @ParameterizedTest(name = "{0} with {2} -> {3}")
    @CsvSource(
            delimiter = ';',
            nullValues = "null",
            value = {
                "bitnet-b1.58        ; BYTE_LEVEL_BPE ; <|start_header_id|> <|end_header_id|> <|eot_id|> ; bitnet-2b-4t",
                "bitnet-25           ; BYTE_LEVEL_BPE ; <|eot_id|>                                       ; bitnet-2b-4t",
                "BitNetForCausalLM   ; BYTE_LEVEL_BPE ; <|eot_id|>                                       ; bitnet-2b-4t",
                "llama               ; BYTE_LEVEL_BPE ; <|start_header_id|> <|end_header_id|> <|eot_id|> ; llama-3",
                "llama               ; BYTE_LEVEL_BPE ; <|user|> <|assistant|> <|system|>                ; falcon-3",
                "llama               ; BYTE_LEVEL_BPE ; <|im_start|> <|im_end|>                          ; chatml",
                "bitnet              ; SENTENCEPIECE  ; <s> </s>                                         ; llama-2",
                "llama               ; BYTE_LEVEL_BPE ; <|endoftext|>                                    ; null",
                "bitnet              ; BYTE_LEVEL_BPE ; <|user|>                                         ; null",
            })
    void family(String architecture, Kind kind, String tokens, String family) {
        var choice = ChatTemplates.forModel(architecture, spec(kind, tokens.split(" ")), null);
        if (family == null) {
            assertThat(choice).isNull();
        } else {
            assertThat(choice.name()).isEqualTo(family);
            assertThat(choice.reason()).contains("has no chat template");
        }
    }

    @Test
    void theFilesOwnComesFirst() {
        String own = "{% for m in messages %}{{ m.content }}{% endfor %}";
        var choice = ChatTemplates.forModel("bitnet-b1.58", spec(Kind.BYTE_LEVEL_BPE, "<|eot_id|>"), own);
        assertThat(choice.name()).isEqualTo("attached");
        assertThat(choice.template().source()).isEqualTo(own);
    }

    @Test
    void theWrongOneOfTheOfficialFileIsReplaced() {
        var choice = ChatTemplates.forModel("bitnet-b1.58", spec(Kind.BYTE_LEVEL_BPE, "<|eot_id|>"), PLACEHOLDER);
        assertThat(choice.name()).isEqualTo("bitnet-2b-4t");
        assertThat(choice.reason()).contains("known to be wrong");
        assertThat(choice.template().render(CHAT, true, "<|begin_of_text|>", "<|end_of_text|>", Map.of()))
                .isEqualTo("<|begin_of_text|>System: Be brief.<|eot_id|>User: Hi!<|eot_id|>Assistant: Hello.<|eot_id|>"
                        + "User: Bye<|eot_id|>Assistant: ");
    }

    @Test
    void oneThatCannotBeParsedGivesWayToTheFamilys() {
        String broken = "{% for %}";
        var choice = ChatTemplates.forModel("bitnet-b1.58", spec(Kind.BYTE_LEVEL_BPE, "<|eot_id|>"), broken);
        assertThat(choice.name()).isEqualTo("bitnet-2b-4t");
        assertThat(choice.reason()).contains("cannot be parsed: line 1, column 8");
        assertThatThrownBy(() -> ChatTemplates.forModel("llama", spec(Kind.BYTE_LEVEL_BPE, "a"), broken))
                .isInstanceOf(ChatTemplateException.class);
    }

    @Test
    void variablesOfTheCallerAreSeen() {
        var template =
                ChatTemplate.parse("{{ bos_token }}{{ messages[1].content }}{{ tools is none }}{{ flag }}{{ n + 1 }}");
        assertThat(template.render(CHAT, false, "<s>", "</s>", Map.of("flag", true, "n", 41)))
                .isEqualTo("<s> Hi! TrueTrue42");
    }

    private static TokenizerSpec spec(Kind kind, String... tokens) {
        return new TokenizerSpec(
                "test",
                kind,
                List.of(tokens),
                Collections.nCopies(tokens.length, TokenType.CONTROL),
                List.of(),
                new float[0],
                null,
                false,
                -1,
                -1,
                Set.of(),
                false,
                false);
    }
}
