package bitnet.batch;

import bitnet.ChatTemplateException;
import bitnet.Completion;
import bitnet.ContextOverflowException;
import bitnet.FinishReason;
import bitnet.Generation;
import bitnet.GenerationOptions;
import bitnet.Message;
import bitnet.Model;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;

/**
 * Answers rows. A row's answer has the same bits wherever and whenever it is computed, whatever is under way beside it. Thread-safe. An
 * interrupt of the thread that waits for an answer cancels it.
 */
public final class RowGenerator {
    private final Model model;
    private final RowOptions options;

    /** The model stays its owner's. */
    public RowGenerator(Model model, RowOptions options) {
        this.model = model;
        this.options = options;
    }

    /**
     * The answer to a prompt, or why the prompt can have none.
     *
     * @param row a number of the caller's that goes into the seed, for equal prompts that are to have different answers
     * @throws bitnet.BitNetException if no row can be answered, or none now
     * @throws CancellationException if the thread was interrupted, which stays pending
     */
    public Answer answer(String prompt, long row) {
        List<Message> messages = new ArrayList<>();
        if (!options.system().isEmpty()) {
            messages.add(Message.system(options.system()));
        }
        messages.add(Message.user(prompt));
        if (options.chat()) {
            return answer(messages, row);
        }
        GenerationOptions seeded = seeded(messages, row);
        return finish(() -> model.complete(prompt, seeded));
    }

    /** The answer to a conversation, or why it can have none; otherwise as {@link #answer(String, long)}. */
    public Answer answer(List<Message> messages, long row) {
        GenerationOptions seeded = seeded(messages, row);
        return finish(() -> model.generate(messages, seeded));
    }

    private GenerationOptions seeded(List<Message> messages, long row) {
        return options.generation().withSeed(RowSeed.of(options.seed(), row, messages));
    }

    /** What is the fault of what the row says is an error of the row; anything else may be over with the next attempt. */
    private static Answer finish(Start start) {
        Generation generation;
        try {
            generation = start.generation();
        } catch (IllegalArgumentException | ContextOverflowException | ChatTemplateException e) {
            return Answer.error(e);
        }
        try (generation) {
            Completion completion = generation.finish();
            if (completion.finishReason() == FinishReason.CANCELLED) {
                throw new CancellationException("interrupted");
            }
            return Answer.of(completion);
        }
    }

    private interface Start {
        Generation generation();
    }
}
