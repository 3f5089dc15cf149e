package bitnet.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.gguf.GgufEdit;
import bitnet.gguf.GgufOptions;
import bitnet.inspect.Finding.Severity;
import bitnet.tensor.I2sLayout;
import java.util.List;
import org.junit.jupiter.api.Test;

class GgufInspectionTest {
    private static final String DEMO = "demo-i2_s-embed-q6_k.gguf";

    @Test
    void aGoodFileHasNotesAtMost() {
        List<Finding> findings = GgufInspection.of(GgufEdit.of(DEMO).open());
        assertThat(findings).extracting(Finding::severity).containsOnly(Severity.NOTE);
        assertThat(findings)
                .extracting(Finding::subject)
                .containsExactlyInAnyOrder("bitnet-b1.58.hidden_activation", "tokenizer.ggml.eos_token_id");
    }

    @Test
    void findsTheWrongLayout() {
        GgufOptions arm = GgufOptions.DEFAULT.withI2sLayout(I2sLayout.ARM);
        assertThat(finding(GgufInspection.of(GgufEdit.of(DEMO).open(arm)), "I2_S layout"))
                .satisfies(found -> {
                    assertThat(found.severity()).isEqualTo(Severity.ERROR);
                    assertThat(found.problem()).contains("X86", "ARM");
                    assertThat(found.cure()).contains("X86");
                });
        assertThat(finding(
                                GgufInspection.of(
                                        GgufEdit.of("tiny-bitnet-i2_s.gguf").open()),
                                "I2_S layout")
                        .severity())
                .isEqualTo(Severity.NOTE);
    }

    @Test
    void findsWhatEmbeddingModelsLackOrSayWrongly() {
        String qwen3 = "/families/tiny-bitnet-embedding-qwen3/i2_s.gguf";
        String gemma3 = "/families/tiny-bitnet-embedding-gemma3/i2_s.gguf";
        assertThat(GgufInspection.of(GgufEdit.of(qwen3).open()))
                .extracting(Finding::subject)
                .containsExactly("I2_S layout");
        assertThat(finding(
                                GgufInspection.of(GgufEdit.of(qwen3)
                                        .uint32("qwen3.pooling_type", 1)
                                        .open()),
                                "qwen3.pooling_type")
                        .severity())
                .isEqualTo(Severity.NOTE);
        assertThat(finding(
                                GgufInspection.of(GgufEdit.of(gemma3)
                                        .drop("gemma3.attention.sliding_window")
                                        .open()),
                                "gemma3.attention.sliding_window")
                        .severity())
                .isEqualTo(Severity.WARNING);
        assertThat(finding(
                                GgufInspection.of(GgufEdit.of(gemma3)
                                        .drop("tokenizer.ggml.add_eos_token")
                                        .open()),
                                "tokenizer.ggml.add_eos_token")
                        .severity())
                .isEqualTo(Severity.WARNING);
    }

    @Test
    void findsMissingSubNormsOnlyWhereTheyBelong() {
        assertThat(finding(
                                GgufInspection.of(
                                        GgufEdit.of(DEMO).architecture("llama").open()),
                                "blk.0.attn_sub_norm.weight")
                        .problem())
                .contains("llama");
    }

    @Test
    void findsWhatIsMissingAndGoesOn() {
        List<Finding> findings = GgufInspection.of(GgufEdit.of(DEMO)
                .dropTensor("blk.0.attn_sub_norm.weight")
                .drop("tokenizer.ggml.merges")
                .open());
        assertThat(finding(findings, "blk.0.attn_sub_norm.weight").severity()).isEqualTo(Severity.ERROR);
        assertThat(finding(findings, "vocabulary").problem()).contains("tokenizer.ggml.merges");
    }

    @Test
    void findsAnActivationThatIsNotNamed() {
        assertThat(finding(
                        GgufInspection.of(
                                GgufEdit.of(DEMO).architecture("bitnet").open()),
                        "bitnet.hidden_activation"))
                .satisfies(found -> {
                    assertThat(found.severity()).isEqualTo(Severity.WARNING);
                    assertThat(found.problem()).contains("squared relu");
                });
        assertThat(GgufInspection.of(GgufEdit.of(DEMO)
                        .text("bitnet-b1.58.hidden_activation", "relu2")
                        .open()))
                .extracting(Finding::subject)
                .doesNotContain("bitnet-b1.58.hidden_activation");
    }

    @Test
    void findsPreTokenizersThatAreMissingOrWrong() {
        assertThat(finding(
                                GgufInspection.of(GgufEdit.of(DEMO)
                                        .drop("tokenizer.ggml.pre")
                                        .open()),
                                "tokenizer.ggml.pre")
                        .problem())
                .isEqualTo("missing");
        assertThat(finding(
                                GgufInspection.of(GgufEdit.of(DEMO)
                                        .text("tokenizer.ggml.pre", "gpt-2")
                                        .open()),
                                "tokenizer.ggml.pre")
                        .problem())
                .contains("Llama 3");
    }

    @Test
    void findsWhatEndsAnswers() {
        assertThat(finding(GgufInspection.of(GgufEdit.of(DEMO).open()), "tokenizer.ggml.eos_token_id")
                        .problem())
                .contains("<|eot_id|>", "<|end_of_text|>");
        assertThat(finding(
                                GgufInspection.of(GgufEdit.of("tiny-bitnet-i2_s.gguf")
                                        .drop("tokenizer.ggml.eos_token_id")
                                        .open()),
                                "tokenizer.ggml.eos_token_id")
                        .severity())
                .isEqualTo(Severity.ERROR);
    }

    private static Finding finding(List<Finding> findings, String subject) {
        assertThat(findings).extracting(Finding::subject).contains(subject);
        return findings.stream()
                .filter(f -> f.subject().equals(subject))
                .findFirst()
                .orElseThrow();
    }
}
