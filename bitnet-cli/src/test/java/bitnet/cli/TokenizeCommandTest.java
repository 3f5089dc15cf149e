package bitnet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizeCommandTest {
    @Test
    void textBecomesIdsAndBack() {
        Bitnet.Result ids = new Bitnet().run("tokenize", "What is 27 + 48?");
        assertThat(ids.code()).isZero();
        assertThat(ids.out()).matches("\\d+( \\d+)*\n");
        assertThat(new Bitnet().run("tokenize", "--decode", ids.out()).out()).isEqualTo("What is 27 + 48?\n");
        assertThat(new Bitnet()
                        .run("tokenize", "--decode", ids.out().strip().replace(' ', ','))
                        .out())
                .isEqualTo("What is 27 + 48?\n");
        assertThat(new Bitnet().reading("What is 27 + 48?\n").run("tokenize").out())
                .isEqualTo(ids.out());
    }

    @Test
    void controlTokensAreTextUnlessAskedFor() {
        assertThat(new Bitnet().run("tokenize", "--special", "<|eot_id|>").out())
                .isEqualTo("1812\n");
        assertThat(new Bitnet().run("tokenize", "<|eot_id|>").out()).contains(" ");
        assertThat(new Bitnet().run("tokenize", "--decode", "--special", "1812").out())
                .isEqualTo("<|eot_id|>\n");
        assertThat(new Bitnet().run("tokenize", "--decode", "1812").out()).isEqualTo("\n");
        assertThat(new Bitnet()
                        .run("tokenize", "--bos", "--special", "<|eot_id|>")
                        .out())
                .isEqualTo("1810 1812\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"@at-file.txt", "@", "-5 + 3 = ?", "-5"})
    void textThatLooksLikeSyntaxIsText(String text) {
        String expected = new Bitnet().reading(text).run("tokenize").out();
        assertThat(new Bitnet().run("tokenize", text).out()).isEqualTo(expected);
        assertThat(new Bitnet().run("tokenize", "--", text).out()).isEqualTo(expected);
    }

    @Test
    void jsonLinesGoBothWays() {
        Bitnet.Result ids =
                new Bitnet().reading("\"a fox\"\n\n\"line\\nbreak \\u00e4\"\n").run("tokenize", "--jsonl");
        List<String> lines = ids.out().lines().toList();
        assertThat(lines).hasSize(2);
        assertThat(Bitnet.parse(lines.getFirst())).isInstanceOf(List.class);
        Bitnet.Result texts = new Bitnet().reading(ids.out()).run("tokenize", "--decode", "--jsonl");
        assertThat(texts.out().lines().map(Bitnet::parse)).containsExactly("a fox", "line\nbreak ä");
    }

    @Test
    void nonsenseIsAUsageErrorThatNamesTheLine() {
        Bitnet.Result broken = new Bitnet().reading("\"a\"\n[1]\n").run("tokenize", "--jsonl");
        assertThat(broken.code()).isEqualTo(ExitCode.USAGE.code());
        assertThat(broken.err()).contains("line 2").contains("not a JSON string");
        assertThat(new Bitnet()
                        .reading("[1, \"a\"]")
                        .run("tokenize", "--jsonl", "--decode")
                        .code())
                .isEqualTo(ExitCode.USAGE.code());
        assertThat(new Bitnet()
                        .reading("\"a\" \"b\"")
                        .run("tokenize", "--jsonl")
                        .code())
                .isEqualTo(ExitCode.USAGE.code());
        assertThat(new Bitnet().run("tokenize", "--decode", "1 x").code()).isEqualTo(ExitCode.USAGE.code());
        assertThat(new Bitnet().run("tokenize", "--decode", "99999").err()).contains("not in the vocabulary");
        assertThat(new Bitnet().run("tokenize", "--jsonl", "text").code()).isEqualTo(ExitCode.USAGE.code());
    }
}
