package example;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.demo.DemoModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The example with models that are small enough for a test, whose answers mean nothing. */
class ProverbsTest {
    private static final Path EMBEDDING = Path.of("../../bitnet-cli/src/test/resources/bitnet/cli/tiny-embedding.gguf");

    @Test
    @Timeout(300)
    void everyProverbHasAPointAndATopic(@TempDir Path directory) throws IOException {
        String first = chart(directory.resolve("first.svg"));
        assertThat(count("<circle [^>]*><title>[A-Z]", first)).isEqualTo(96);
        List<MatchResult> topics = Pattern.compile("<text [^>]*>(friendship|love|money|time|truth|work) ([0-9]+)<")
                .matcher(first)
                .results()
                .toList();
        assertThat(topics.stream()
                        .mapToInt(topic -> Integer.parseInt(topic.group(2)))
                        .sum())
                .isEqualTo(96);
        assertThat(chart(directory.resolve("second.svg"))).isEqualTo(first);
    }

    private static String chart(Path file) throws IOException {
        Proverbs.main(new String[] {
            DemoModel.file().toString(), EMBEDDING.toAbsolutePath().normalize().toString(), file.toString()
        });
        return Files.readString(file);
    }

    private static long count(String pattern, String text) {
        return Pattern.compile(pattern).matcher(text).results().count();
    }
}
