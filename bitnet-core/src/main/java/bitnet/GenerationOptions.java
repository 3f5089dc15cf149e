package bitnet;

import bitnet.constraint.TokenConstraint;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How to generate. Start from {@link #defaults()}, {@link #greedy()} or {@link Model#defaultOptions()} and change with the
 * {@code with} methods; the canonical constructor grows with new options and is not stable.
 *
 * <p>Tokens are chosen in this order: logit bias, repeat penalty, frequency and presence penalty; if the temperature is 0, the best token; else temperature, top-k,
 * softmax, top-p, min-p, and a draw among what is left. {@code docs/guide.md} has the formulas.
 *
 * @param maxTokens the largest number of tokens to generate, at least 1; {@link #UNLIMITED} for as many as the context holds
 * @param temperature 0 for greedy, up to 100; logits are divided by it
 * @param topK choose among this many best tokens; 0 for all
 * @param topP choose among the best tokens that together have this probability; above 0, up to 1 for all
 * @param minP leave out tokens less probable than this times the best; from 0 for none, up to 1
 * @param repeatPenalty positive logits of recent tokens are divided by it and negative ones multiplied; above 0, 1 for none
 * @param repeatWindow the number of last tokens of prompt and answer that the penalty applies to; at least 0
 * @param frequencyPenalty subtracted from the logit of a token once for each time that it occurs in the answer; from -2 to 2,
 *     0 for none
 * @param presencePenalty subtracted from the logit of each token that occurs in the answer; from -2 to 2, 0 for none
 * @param logitBias the numbers that are added to the logits of tokens, by token id; from -100 to 100
 * @param seed of the random numbers; if empty, each generation has its own, which its {@link Completion} tells
 * @param stop texts that end the answer and are not part of it; none of them empty
 * @param logprobs 0 for none; n for the log-probabilities of the chosen token and the n best, up to 1000
 * @param ignoreEndOfGeneration goes on after end-of-generation tokens, for measurements
 * @param deadline the time from the call that makes the generation until it ends with what there is by then
 *     ({@link FinishReason#DEADLINE}), be it queued, in its prompt or in its answer; null for none. A step under way is
 *     finished first
 * @param cancelOnInterrupt whether an interrupt of a thread that asks for a token cancels the generation; the interrupt stays
 *     pending. Otherwise an interrupt changes nothing
 * @param speculation whether tokens that followed the same text earlier in prompt or answer are computed ahead as guesses, where that
 *     saves time. It changes the speed and never the answer
 * @param constraint what the answer has to follow, or null. Text that it leaves no choice about is not sampled, but encoded as
 *     the tokenizer does, and computed in one step
 */
public record GenerationOptions(
        int maxTokens,
        float temperature,
        int topK,
        float topP,
        float minP,
        float repeatPenalty,
        int repeatWindow,
        float frequencyPenalty,
        float presencePenalty,
        Map<Integer, Float> logitBias,
        OptionalLong seed,
        List<String> stop,
        int logprobs,
        boolean ignoreEndOfGeneration,
        @Nullable Duration deadline,
        boolean cancelOnInterrupt,
        boolean speculation,
        @Nullable TokenConstraint constraint) {
    /** For {@link #maxTokens()}: until the context is full. */
    public static final int UNLIMITED = Integer.MAX_VALUE;

    /** @throws IllegalArgumentException if a value is out of its range */
    public GenerationOptions {
        require(maxTokens >= 1, "maxTokens", maxTokens, "at least 1");
        require(temperature >= 0 && temperature <= 100, "temperature", temperature, "from 0 to 100");
        require(topK >= 0, "topK", topK, "at least 0");
        require(topP > 0 && topP <= 1, "topP", topP, "above 0 and up to 1");
        require(minP >= 0 && minP <= 1, "minP", minP, "from 0 to 1");
        require(repeatPenalty > 0 && repeatPenalty <= 100, "repeatPenalty", repeatPenalty, "above 0 and up to 100");
        require(repeatWindow >= 0, "repeatWindow", repeatWindow, "at least 0");
        require(Math.abs(frequencyPenalty) <= 2, "frequencyPenalty", frequencyPenalty, "from -2 to 2");
        require(Math.abs(presencePenalty) <= 2, "presencePenalty", presencePenalty, "from -2 to 2");
        logitBias = Map.copyOf(logitBias);
        logitBias.forEach((token, bias) -> {
            require(token >= 0, "a token of logitBias", token, "at least 0");
            require(Math.abs(bias) <= 100, "logitBias of token " + token, bias, "from -100 to 100");
        });
        require(logprobs >= 0 && logprobs <= 1000, "logprobs", logprobs, "from 0 to 1000");
        stop = List.copyOf(stop);
        require(stop.stream().noneMatch(String::isEmpty), "stop", stop, "texts that are not empty");
        require(deadline == null || deadline.isPositive(), "deadline", deadline, "positive");
    }

    /** Temperature 0.8, top-k 40, top-p 0.95, min-p 0.05, no penalty, a seed of its own, up to 1024 tokens. */
    public static GenerationOptions defaults() {
        return new GenerationOptions(
                1024,
                0.8f,
                40,
                0.95f,
                0.05f,
                1,
                64,
                0,
                0,
                Map.of(),
                OptionalLong.empty(),
                List.of(),
                0,
                false,
                null,
                false,
                true,
                null);
    }

    /** Always the best token: {@link #defaults()} with temperature 0. */
    public static GenerationOptions greedy() {
        return defaults().withTemperature(0);
    }

    /** These options with another {@link #maxTokens()}. */
    public GenerationOptions withMaxTokens(int tokens) {
        return with(draft -> draft.maxTokens = tokens);
    }

    /** These options with another {@link #temperature()}. */
    public GenerationOptions withTemperature(float value) {
        return with(draft -> draft.temperature = value);
    }

    /** These options with another {@link #topK()}. */
    public GenerationOptions withTopK(int k) {
        return with(draft -> draft.topK = k);
    }

    /** These options with another {@link #topP()}. */
    public GenerationOptions withTopP(float p) {
        return with(draft -> draft.topP = p);
    }

    /** These options with another {@link #minP()}. */
    public GenerationOptions withMinP(float p) {
        return with(draft -> draft.minP = p);
    }

    /** These options with another {@link #repeatPenalty()}. */
    public GenerationOptions withRepeatPenalty(float penalty) {
        return with(draft -> draft.repeatPenalty = penalty);
    }

    /** These options with another {@link #repeatWindow()}. */
    public GenerationOptions withRepeatWindow(int tokens) {
        return with(draft -> draft.repeatWindow = tokens);
    }

    /** These options with another {@link #frequencyPenalty()}. */
    public GenerationOptions withFrequencyPenalty(float penalty) {
        return with(draft -> draft.frequencyPenalty = penalty);
    }

    /** These options with another {@link #presencePenalty()}. */
    public GenerationOptions withPresencePenalty(float penalty) {
        return with(draft -> draft.presencePenalty = penalty);
    }

    /** These options with another {@link #logitBias()}. */
    public GenerationOptions withLogitBias(Map<Integer, Float> bias) {
        return with(draft -> draft.logitBias = bias);
    }

    /** These options with a {@link #seed()}. */
    public GenerationOptions withSeed(long value) {
        return with(draft -> draft.seed = OptionalLong.of(value));
    }

    /** These options with other {@link #stop()} texts. */
    public GenerationOptions withStop(String... texts) {
        return with(draft -> draft.stop = List.of(texts));
    }

    /** These options with other {@link #logprobs()}. */
    public GenerationOptions withLogprobs(int count) {
        return with(draft -> draft.logprobs = count);
    }

    /** These options with another {@link #ignoreEndOfGeneration()}. */
    public GenerationOptions withIgnoreEndOfGeneration(boolean ignore) {
        return with(draft -> draft.ignoreEndOfGeneration = ignore);
    }

    /** These options with another {@link #deadline()}. */
    public GenerationOptions withDeadline(@Nullable Duration time) {
        return with(draft -> draft.deadline = time);
    }

    /** These options with another {@link #cancelOnInterrupt()}. */
    public GenerationOptions withCancelOnInterrupt(boolean cancel) {
        return with(draft -> draft.cancelOnInterrupt = cancel);
    }

    /** These options with another {@link #speculation()}. */
    public GenerationOptions withSpeculation(boolean guesses) {
        return with(draft -> draft.speculation = guesses);
    }

    /** These options with another {@link #constraint()}. */
    public GenerationOptions withConstraint(@Nullable TokenConstraint grammar) {
        return with(draft -> draft.constraint = grammar);
    }

    private static void require(boolean condition, String option, @Nullable Object value, String range) {
        if (!condition) {
            throw new IllegalArgumentException(option + " is " + value + ", not " + range);
        }
    }

    private GenerationOptions with(Consumer<Draft> change) {
        var draft = new Draft(this);
        change.accept(draft);
        return draft.finish();
    }

    /** The options while they change. */
    private static final class Draft {
        private int maxTokens;
        private float temperature;
        private int topK;
        private float topP;
        private float minP;
        private float repeatPenalty;
        private int repeatWindow;
        private float frequencyPenalty;
        private float presencePenalty;
        private Map<Integer, Float> logitBias;
        private OptionalLong seed;
        private List<String> stop;
        private int logprobs;
        private boolean ignoreEndOfGeneration;
        private @Nullable Duration deadline;
        private boolean cancelOnInterrupt;
        private boolean speculation;
        private @Nullable TokenConstraint constraint;

        Draft(GenerationOptions options) {
            maxTokens = options.maxTokens;
            temperature = options.temperature;
            topK = options.topK;
            topP = options.topP;
            minP = options.minP;
            repeatPenalty = options.repeatPenalty;
            repeatWindow = options.repeatWindow;
            frequencyPenalty = options.frequencyPenalty;
            presencePenalty = options.presencePenalty;
            logitBias = options.logitBias;
            seed = options.seed;
            stop = options.stop;
            logprobs = options.logprobs;
            ignoreEndOfGeneration = options.ignoreEndOfGeneration;
            deadline = options.deadline;
            cancelOnInterrupt = options.cancelOnInterrupt;
            speculation = options.speculation;
            constraint = options.constraint;
        }

        GenerationOptions finish() {
            return new GenerationOptions(
                    maxTokens,
                    temperature,
                    topK,
                    topP,
                    minP,
                    repeatPenalty,
                    repeatWindow,
                    frequencyPenalty,
                    presencePenalty,
                    logitBias,
                    seed,
                    stop,
                    logprobs,
                    ignoreEndOfGeneration,
                    deadline,
                    cancelOnInterrupt,
                    speculation,
                    constraint);
        }
    }
}
