package bitnet.constraint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.InvalidConstraintException;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Regular expressions, against {@link java.util.regex}. */
class RegexConstraintTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "a|bc|",
                "(?:yes|no|maybe)",
                "[a-f0-9]{4}-[A-F]{1,3}",
                "\\d+(\\.\\d+)?",
                "[^\\n\"]{0,20}",
                "(a+b?){2,3}c*",
                "\\p{Lu}\\p{Ll}*",
                "é|[à-ü]+|日本|\\u{1F600}",
                "[\\w.-]+@[\\w-]+\\.(com|org)",
                "^anchored$",
                "(?<year>\\d{4})-(?<month>\\d\\d)",
                "[x\\]]+",
                "(((a)?b)?c)?"
            })
    void answersMatch(String regex) {
        var answers = new Answers(TokenConstraint.regex(regex), regex.hashCode());
        Pattern pattern = Pattern.compile(regex.replace("\\u{1F600}", "\\x{1F600}"), Pattern.DOTALL);
        for (int i = 0; i < 50; i++) {
            assertThat(answers.random()).matches(pattern);
        }
    }

    @Test
    void takesTheSameTextsAsJava() {
        String[] texts = {
            "", "a", "b", "ab", "ba", "abc", "aab", "aabb", "1", "12", "1.5", "x1", "é", "日", "\uD83D\uDE00"
        };
        String[] regexes = {
            "a*b*", "[ab]{2}", "\\d(\\.\\d)?", ".", "\\D+", "[^a]", "(ab?|ba)+", "\\w*", "a?", "[\\s\\S]"
        };
        for (String regex : regexes) {
            TokenConstraint constraint = TokenConstraint.regex(regex);
            for (String text : texts) {
                assertThat(Answers.takes(constraint, text))
                        .as("%s takes '%s'", regex, text)
                        .isEqualTo(Pattern.matches(regex, text));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(?=a)",
                "(a)\\1",
                "a**",
                "(a",
                "a)",
                "[a",
                "[z-a]",
                "*",
                "\\",
                "\\b",
                "a{3,1}",
                "a{1000000}",
                "\\p{Xx}",
                "\\uD8",
                "(^a|b)c^"
            })
    void whatIsNotSupportedIsNamed(String regex) {
        assertThatThrownBy(() -> TokenConstraint.regex(regex))
                .isInstanceOf(InvalidConstraintException.class)
                .hasMessageContaining("regular expression");
    }

    @Test
    void hugeCountsAreRefused() {
        assertThatThrownBy(() -> TokenConstraint.regex("((a{1000}){1000}){1000}"))
                .isInstanceOf(InvalidConstraintException.class)
                .hasMessageContaining("more than");
    }

    @Test
    void forcedBytesAreFound() {
        Follower follower =
                TokenConstraint.regex("(abc|abd)ef").compile(Answers.VOCABULARY).follow();
        assertThat(follower.forced()).asString().isEqualTo("ab");
        for (char c : "abd".toCharArray()) {
            follower.accept(c);
        }
        assertThat(follower.forced()).asString().isEqualTo("ef");
        follower.accept('e');
        follower.accept('f');
        assertThat(follower.mustEnd()).isTrue();
        assertThat(follower.forced()).isEmpty();
    }
}
