package bitnet;

import java.util.List;
import java.util.Objects;

/**
 * One generated token.
 *
 * @param id in the model's vocabulary
 * @param text what became certain with it: whole Unicode characters, empty while a character or a possible stop string is
 *     incomplete. The texts of a generation, joined, are its text
 * @param logprob natural logarithm of the probability that the model gave it, before penalties and temperature; NaN
 *     unless {@link GenerationOptions#logprobs()} asks for it
 * @param top the most probable tokens, best first, if {@link GenerationOptions#logprobs()} asks for them; else empty
 */
public record Token(int id, String text, float logprob, List<Candidate> top) {
    /**
     * A token that could have been chosen.
     *
     * @param id in the model's vocabulary
     * @param text the token on its own; bytes that are no whole character are U+FFFD
     * @param logprob as in {@link Token#logprob()}
     */
    public record Candidate(int id, String text, float logprob) {
        public Candidate {
            Objects.requireNonNull(text, "text");
        }
    }

    public Token {
        Objects.requireNonNull(text, "text");
        top = List.copyOf(top);
    }

    /** A token without log-probabilities. */
    public Token(int id, String text) {
        this(id, text, Float.NaN, List.of());
    }
}
