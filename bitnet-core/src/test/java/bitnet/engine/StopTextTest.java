package bitnet.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StopTextTest {
    @Test
    void holdsBackOnlyWhatCouldBecomeAStopString() {
        var text = new StopText(List.of("\nUser:"));
        assertThat(text.push("one")).isEqualTo("one");
        assertThat(text.push(" two\n")).isEqualTo(" two");
        assertThat(text.push("Us")).isEmpty();
        assertThat(text.push("e ")).isEqualTo("\nUse ");
        assertThat(text.push("x\nUser")).isEqualTo("x");
        assertThat(text.found()).isFalse();
        assertThat(text.push(": no")).isEmpty();
        assertThat(text.found()).isTrue();
        assertThat(text.push("more")).isEmpty();
        assertThat(text.finish()).isEmpty();
    }

    @Test
    void givesOutWhatItHeldBackAtTheEnd() {
        var text = new StopText(List.of("END"));
        assertThat(text.push("the EN")).isEqualTo("the ");
        assertThat(text.finish()).isEqualTo("EN");
    }

    @Test
    void repeatedBeginnings() {
        var text = new StopText(List.of("aab"));
        assertThat(text.push("aa")).isEmpty();
        assertThat(text.push("a")).isEqualTo("a");
        assertThat(text.push("b")).isEmpty();
        assertThat(text.found()).isTrue();
    }

    @Test
    void theAnswerDoesNotDependOnTheCut() {
        var random = new Random(5);
        for (int round = 0; round < 3000; round++) {
            List<String> stops = List.of(word(random, 4), word(random, 3), word(random, 2));
            String all = word(random, 12);
            var whole = new StopText(stops);
            String expected = whole.push(all) + whole.finish();
            var cut = new StopText(stops);
            var actual = new StringBuilder();
            for (int at = 0; at < all.length(); ) {
                int to = Math.min(all.length(), at + 1 + random.nextInt(3));
                actual.append(cut.push(all.substring(at, to)));
                at = to;
            }
            actual.append(cut.finish());
            assertThat(actual.toString()).as("%s in %s", stops, all).isEqualTo(expected);
            assertThat(cut.found()).isEqualTo(stops.stream().anyMatch(all::contains));
        }
    }

    private static String word(Random random, int length) {
        var word = new StringBuilder();
        for (int i = 0; i < length; i++) {
            word.append((char) ('a' + random.nextInt(2)));
        }
        return word.toString();
    }
}
