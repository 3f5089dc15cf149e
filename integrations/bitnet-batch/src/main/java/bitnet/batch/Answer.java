package bitnet.batch;

import bitnet.Completion;
import bitnet.FinishReason;
import bitnet.Usage;
import org.jspecify.annotations.Nullable;

/**
 * What a row got: an answer, or an error.
 *
 * @param text the answer
 * @param finishReason why it ended
 * @param usage tokens
 * @param error why there is no answer; null if there is one, and everything else is null if there is none
 */
public record Answer(
        @Nullable String text,
        @Nullable FinishReason finishReason,
        @Nullable Usage usage,
        @Nullable String error) {
    static Answer of(Completion completion) {
        return new Answer(completion.text(), completion.finishReason(), completion.usage(), null);
    }

    /** What a row gets whose content is at fault. */
    public static Answer error(RuntimeException cause) {
        return new Answer(null, null, null, message(cause));
    }

    static String message(RuntimeException cause) {
        return cause.getClass().getSimpleName() + ": " + cause.getMessage();
    }
}
