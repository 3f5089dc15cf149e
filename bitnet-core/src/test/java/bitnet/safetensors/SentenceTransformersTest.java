package bitnet.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.BitNetException;
import bitnet.PoolingType;
import bitnet.model.Pooling;
import bitnet.model.Prompts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SentenceTransformersTest {
    @TempDir
    private Path directory;

    private void modules(String... kinds) throws IOException {
        StringBuilder json = new StringBuilder("[");
        for (int i = 0; i < kinds.length; i++) {
            json.append(i == 0 ? "" : ",")
                    .append("{\"idx\":%d,\"name\":\"%d\",\"path\":\"%s\",\"type\":\"sentence_transformers.models.%s\"}"
                            .formatted(i, i, i == 0 ? "" : i + "_" + kinds[i], kinds[i]));
        }
        Files.writeString(directory.resolve("modules.json"), json.append("]"));
    }

    private void pooling(String json) throws IOException {
        Files.createDirectories(directory.resolve("1_Pooling"));
        Files.writeString(directory.resolve("1_Pooling/config.json"), json);
    }

    @Test
    void saysNothingWithoutFiles() {
        assertThat(SentenceTransformers.pooling(directory)).isNull();
        assertThat(SentenceTransformers.prompts(directory)).isEqualTo(Prompts.NONE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"pooling_mode_lasttoken\":true,\"pooling_mode_mean_tokens\":false,\"include_prompt\":true} | LAST",
                "{\"word_embedding_dimension\":4,\"pooling_mode_mean_tokens\":true} | MEAN",
                "{\"pooling_mode\":\"lasttoken\"} | LAST",
                "{\"pooling_mode\":\"mean\"} | MEAN",
                "{\"pooling_mode\":\"cls\"} | FIRST",
                "{\"pooling_mode_cls_token\":true,\"pooling_mode_mean_tokens\":false} | FIRST",
            })
    void readsThePooling(String json, PoolingType type) throws IOException {
        modules("Transformer", "Pooling", "Normalize");
        pooling(json);
        assertThat(SentenceTransformers.pooling(directory)).isEqualTo(new Pooling(type, true));
        modules("Transformer", "Pooling");
        assertThat(SentenceTransformers.pooling(directory)).isEqualTo(new Pooling(type, false));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"pooling_mode_max_tokens\":true} | pooling by max_tokens",
                "{\"pooling_mode_cls_token\":true,\"pooling_mode_mean_tokens\":true} | cls_token, mean_tokens",
                "{} | no pooling mode",
                "{\"pooling_mode_lasttoken\":true,\"include_prompt\":1} | include_prompt",
                "{\"pooling_mode_lasttoken\":1} | pooling_mode_lasttoken",
            })
    void refusesOtherPoolings(String json, String problem) throws IOException {
        modules("Transformer", "Pooling");
        pooling(json);
        assertThatThrownBy(() -> SentenceTransformers.pooling(directory))
                .isInstanceOf(BitNetException.class)
                .hasMessageContaining(problem);
    }

    @Test
    void leavesPromptsOutOfMeansWhereTheFileSaysSo() throws IOException {
        modules("Transformer", "Pooling", "Normalize");
        pooling("{\"pooling_mode_mean_tokens\":true,\"include_prompt\":false}");
        assertThat(SentenceTransformers.pooling(directory)).isEqualTo(new Pooling(PoolingType.MEAN, true, false));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"max_seq_length\":512,\"do_lower_case\":false} | 512",
                "{\"max_seq_length\":null} | 2147483647",
                "{} | 2147483647",
            })
    void readsTheLengthOfTexts(String json, int most) throws IOException {
        assertThat(SentenceTransformers.maxTokens(directory)).isEqualTo(Integer.MAX_VALUE);
        Files.writeString(directory.resolve("sentence_bert_config.json"), json);
        assertThat(SentenceTransformers.maxTokens(directory)).isEqualTo(most);
    }

    @ParameterizedTest
    @CsvSource({"0", "-1", "1.5", "\"a\"", "99999999999"})
    void refusesLengthsThatAreNone(String length) throws IOException {
        Files.writeString(directory.resolve("sentence_bert_config.json"), "{\"max_seq_length\":" + length + "}");
        assertThatThrownBy(() -> SentenceTransformers.maxTokens(directory))
                .isInstanceOf(BitNetException.class)
                .hasMessageContaining("max_seq_length");
    }

    @Test
    void refusesOtherModules() throws IOException {
        modules("Transformer", "Pooling", "Dense");
        pooling("{\"pooling_mode_lasttoken\":true}");
        assertThatThrownBy(() -> SentenceTransformers.pooling(directory)).hasMessageContaining("module Dense");
    }

    @Test
    void staysInTheDirectory() throws IOException {
        Files.writeString(directory.resolve("modules.json"), "[{\"path\":\"../1_Pooling\",\"type\":\"a.Pooling\"}]");
        assertThatThrownBy(() -> SentenceTransformers.pooling(directory)).hasMessageContaining("../1_Pooling");
    }

    @Test
    void readsPrompts() throws IOException {
        Path file = directory.resolve("config_sentence_transformers.json");
        Files.writeString(
                file,
                "{\"__version__\":{\"a\":\"1\"},\"prompts\":{\"q\":\"Query: \",\"d\":\"\"},\"default_prompt_name\":\"q\"}");
        assertThat(SentenceTransformers.prompts(directory))
                .isEqualTo(new Prompts(Map.of("q", "Query: ", "d", ""), "q"));
        Files.writeString(file, "{\"prompts\":{},\"default_prompt_name\":\"q\"}");
        assertThatThrownBy(() -> SentenceTransformers.prompts(directory)).hasMessageContaining("default_prompt_name");
        Files.writeString(file, "{\"prompts\":null,\"default_prompt_name\":null}");
        assertThat(SentenceTransformers.prompts(directory)).isEqualTo(Prompts.NONE);
    }
}
