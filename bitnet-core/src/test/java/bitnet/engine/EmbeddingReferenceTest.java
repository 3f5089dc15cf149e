package bitnet.engine;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.Embedding;
import bitnet.EmbeddingModel;
import bitnet.EmbeddingOptions;
import bitnet.PoolingType;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Small embedding models in all their containers against what transformers computes. */
class EmbeddingReferenceTest {
    /**
     * The scales of master weights are means, whose last bit depends on the order of summing. In the text of 17 tokens it lets one
     * activation be rounded the other way than in transformers, which costs the first model 4e-6 more than the others lose.
     */
    @ParameterizedTest
    @CsvSource({
        "tiny-bitnet-embedding-qwen3, '', '', 0.99979",
        "tiny-bitnet-embedding-qwen3, i2_s.gguf, '', 0.9998",
        "tiny-bitnet-embedding-gemma3, '', '', 0.9998",
        "tiny-bitnet-embedding-gemma3, i2_s.gguf, '', 0.9998",
        "tiny-bitnet-embedding-gemma3, i2_s-no-window.gguf, nowindow_, 0.9998",
    })
    void meetsTransformersAtEveryLengthWithBothPoolings(String model, String file, String kind, double least) {
        EmbeddingReference reference = EmbeddingReference.of(model);
        try (EmbeddingModel embedding = EmbeddingModel.load(EmbeddingReference.path(model + "/" + file))) {
            for (int prompt = 0; prompt < reference.prompts().size(); prompt++) {
                int[] tokens = reference.prompts().get(prompt);
                for (PoolingType pooling : List.of(PoolingType.LAST, PoolingType.MEAN)) {
                    Embedding expected = new Embedding(reference.vector(kind, pooling, prompt), tokens.length, false);
                    EmbeddingOptions options = EmbeddingOptions.defaults().withPooling(pooling);
                    assertThat(embedding.embed(tokens, options).similarity(expected))
                            .as("%s of %d tokens", pooling, tokens.length)
                            .isGreaterThan(least);
                }
            }
        }
    }
}
