package bitnet.constraint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.InvalidConstraintException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GbnfConstraintTest {
    private static final String ARITHMETIC = """
            # sums and products
            root  ::= sum "\\n"?
            sum   ::= product ( [-+] product )*
            product ::= term ( "*" term |
                  "/" term )*
            term  ::= number | "(" sum ")"
            number ::= [1-9] [0-9]{0,3} | "0"
            """;

    @Test
    void followsRules() {
        TokenConstraint constraint = TokenConstraint.gbnf(ARITHMETIC);
        for (String text : new String[] {"1", "1+2*3", "(1-2)*(3/(4+5))\n", "1000", "0"}) {
            assertThat(Answers.takes(constraint, text)).as(text).isTrue();
        }
        for (String text : new String[] {"", "01", "1+", "(1", "10000", "1 + 2", "1\n\n"}) {
            assertThat(Answers.takes(constraint, text)).as(text).isFalse();
        }
    }

    @Test
    void answersFollowTheGrammar() {
        var answers =
                new Answers(TokenConstraint.gbnf("root ::= \"<\" [^<>\\x00-\\x1F]{0,8} \">\" | \"[\" root \"]\""), 1);
        for (int i = 0; i < 100; i++) {
            assertThat(answers.random()).matches("\\[*<[^<>]*>\\]*");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "rule ::= \"a\"",
                "root ::= missing",
                "root ::= root \"a\"",
                "root ::= a* root2\na ::= \"x\"?\nroot2 ::= a root",
                "root ::= \"a",
                "root ::= [a",
                "root ::= (\"a\"",
                "root ::= \"a\")",
                "root := \"a\"",
                "root ::= \"\\q\"",
                "root ::= \"\\xZZ\"",
                "root ::= \"a\"{3,1}",
                "root ::= \"a\"\nroot ::= \"b\"",
                "root ::= \"a\" root"
            })
    void whatIsWrongIsNamed(String grammar) {
        assertThatThrownBy(() -> TokenConstraint.gbnf(grammar)).isInstanceOf(InvalidConstraintException.class);
    }

    @Test
    void listsOfAnyLengthTakeNoStack() {
        TokenConstraint constraint = TokenConstraint.gbnf("root ::= \"a\" root | \"\"");
        assertThat(Answers.takes(constraint, "a".repeat(3000))).isTrue();
    }
}
