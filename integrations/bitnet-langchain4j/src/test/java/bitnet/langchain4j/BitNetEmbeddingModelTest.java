package bitnet.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.EmbeddingModel;
import bitnet.EmbeddingOptions;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.request.EmbeddingInput;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.embedding.response.EmbeddingResponse;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A small embedding model behind LangChain4j's interface. */
class BitNetEmbeddingModelTest {
    private static final Path FILE =
            Path.of("..", "..", "bitnet-cli", "src", "test", "resources", "bitnet", "cli", "tiny-embedding.gguf");

    @Test
    void vectorsAreTheModelsOwn() {
        try (EmbeddingModel model = EmbeddingModel.load(FILE)) {
            var embeds = new BitNetEmbeddingModel(model);
            float[] fox = model.embed("a fox").vector();
            assertThat(embeds.embed("a fox").content().vector()).containsExactly(fox);
            assertThat(embeds.embed("a fox").tokenUsage().inputTokenCount()).isPositive();
            assertThat(embeds.embedAll(List.of(TextSegment.from("a lantern"), TextSegment.from("a fox")))
                            .content()
                            .get(1)
                            .vector())
                    .containsExactly(fox);
            assertThat(embeds.dimension()).isEqualTo(fox.length);
            EmbeddingResponse few = embeds.embed(EmbeddingRequest.builder()
                    .inputs(List.of(EmbeddingInput.from("a fox")))
                    .dimensions(8)
                    .modelName("named")
                    .build());
            assertThat(few.embeddings().getFirst().vector())
                    .containsExactly(
                            model.embed("a fox", EmbeddingOptions.defaults().withDimensions(8))
                                    .vector());
            assertThat(few.modelName()).isEqualTo("named");
            var small =
                    new BitNetEmbeddingModel(model, EmbeddingOptions.defaults().withDimensions(8));
            assertThat(small.dimension()).isEqualTo(8);
            assertThat(small.embed("a fox").content().vector()).hasSize(8);
        }
    }
}
