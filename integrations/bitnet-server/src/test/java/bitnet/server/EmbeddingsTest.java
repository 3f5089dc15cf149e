package bitnet.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.EmbeddingModel;
import bitnet.EmbeddingOptions;
import bitnet.Model;
import bitnet.demo.DemoModel;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.EmbeddingCreateParams;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Vectors by HTTP, asked for by OpenAI's own client. */
@Timeout(120)
class EmbeddingsTest {
    private static Model model;
    private static EmbeddingModel embeddings;
    private static BitNetServer server;
    private static OpenAIClient client;

    @BeforeAll
    static void start() {
        model = Model.load(DemoModel.file());
        embeddings = EmbeddingModel.load(
                Path.of("..", "..", "bitnet-cli", "src", "test", "resources", "bitnet", "cli", "tiny-embedding.gguf"));
        server = BitNetServer.start(model, embeddings, ServerOptions.defaults().withPort(0));
        client = client(server);
    }

    private static OpenAIClient client(BitNetServer of) {
        return OpenAIOkHttpClient.builder()
                .baseUrl(of.address() + "/v1")
                .apiKey("none")
                .maxRetries(0)
                .responseValidation(true)
                .build();
    }

    @AfterAll
    static void stop() {
        client.close();
        server.close();
        embeddings.close();
        model.close();
    }

    private static EmbeddingCreateParams.Builder request() {
        return EmbeddingCreateParams.builder().model("tiny");
    }

    private static List<Float> vector(String text, EmbeddingOptions options) {
        float[] vector = embeddings.embed(text, options).vector();
        return java.util.stream.IntStream.range(0, vector.length)
                .mapToObj(i -> vector[i])
                .toList();
    }

    @Test
    void textsBecomeVectors() {
        for (var format :
                List.of(EmbeddingCreateParams.EncodingFormat.FLOAT, EmbeddingCreateParams.EncodingFormat.BASE64)) {
            CreateEmbeddingResponse answer = client.embeddings()
                    .create(request()
                            .inputOfArrayOfStrings(List.of("a fox", "a lantern in the woods"))
                            .encodingFormat(format)
                            .build());
            assertThat(answer.data()).hasSize(2);
            assertThat(answer.data().get(0).embedding()).isEqualTo(vector("a fox", EmbeddingOptions.defaults()));
            assertThat(answer.data().get(1).embedding())
                    .isEqualTo(vector("a lantern in the woods", EmbeddingOptions.defaults()));
            assertThat(answer.usage().promptTokens()).isPositive();
        }
    }

    @Test
    void fewerDimensionsAndTokens() {
        CreateEmbeddingResponse few = client.embeddings()
                .create(request().input("a fox").dimensions(8).build());
        assertThat(few.data().getFirst().embedding())
                .isEqualTo(vector("a fox", EmbeddingOptions.defaults().withDimensions(8)));
        int[] tokens = embeddings.tokens("a fox", EmbeddingOptions.defaults());
        CreateEmbeddingResponse same = client.embeddings()
                .create(request()
                        .inputOfArrayOfTokens(java.util.Arrays.stream(tokens)
                                .mapToObj(t -> (long) t)
                                .toList())
                        .build());
        assertThat(same.data().getFirst().embedding()).isEqualTo(vector("a fox", EmbeddingOptions.defaults()));
    }

    @Test
    void whatCannotBeIsRefused() {
        assertThatThrownBy(() -> client.embeddings()
                        .create(request().inputOfArrayOfStrings(List.of()).build()))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("'input' is missing or empty");
        assertThatThrownBy(() -> client.embeddings()
                        .create(request().input("x").dimensions(1_000_000).build()))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("dimensions");
        assertThatThrownBy(() -> client.embeddings()
                        .create(request()
                                .inputOfArrayOfTokens(List.of(1L, 99_999_999L))
                                .build()))
                .isInstanceOf(BadRequestException.class);
        try (BitNetServer without =
                BitNetServer.start(model, ServerOptions.defaults().withPort(0))) {
            OpenAIClient other = client(without);
            assertThatThrownBy(
                            () -> other.embeddings().create(request().input("x").build()))
                    .isInstanceOf(NotFoundException.class)
                    .hasMessageContaining("--embedding-model");
            other.close();
        }
    }
}
