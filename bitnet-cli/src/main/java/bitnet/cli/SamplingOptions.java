package bitnet.cli;

import bitnet.GenerationOptions;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The options that say how tokens are chosen. What is not said comes from the model's own recommendation. */
final class SamplingOptions {
    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec command;

    @Option(names = "--greedy", description = "Always take the most probable token (temperature 0).")
    boolean greedy;

    @Option(
            names = {"-n", "--max-tokens"},
            paramLabel = "N",
            description = "Generate at most N tokens; 0 means as many as the context holds.")
    @Nullable
    Integer maxTokens;

    @Option(names = "--temperature", paramLabel = "T", description = "Divide logits by T; 0 means greedy.")
    @Nullable
    Float temperature;

    @Option(names = "--top-k", paramLabel = "K", description = "Choose among the K best tokens; 0 means all.")
    @Nullable
    Integer topK;

    @Option(
            names = "--top-p",
            paramLabel = "P",
            description = "Choose among the best tokens that together have probability P; 1 means all.")
    @Nullable
    Float topP;

    @Option(
            names = "--min-p",
            paramLabel = "P",
            description = "Leave out tokens that are less probable than P times the best one; 0 means none.")
    @Nullable
    Float minP;

    @Option(
            names = "--repeat-penalty",
            paramLabel = "R",
            description = "Make recent tokens less likely: their logits are divided by R (multiplied where negative).")
    @Nullable
    Float repeatPenalty;

    @Option(
            names = "--repeat-window",
            paramLabel = "N",
            description = "The number of last tokens that --repeat-penalty applies to.")
    @Nullable
    Integer repeatWindow;

    @Option(
            names = "--seed",
            paramLabel = "S",
            description =
                    "The seed of the random numbers; the same seed gives the same answer. Environment: BITNET_SEED.")
    @Nullable
    Long seed;

    @Option(names = "--no-speculation", description = "Do not guess tokens ahead. The answer is the same either way.")
    boolean noSpeculation;

    @Option(
            names = "--stop",
            paramLabel = "TEXT",
            description = "End the answer before this text. May be given more than once.")
    List<String> stop = new ArrayList<>();

    /**
     * Looks at the values before anything is loaded.
     *
     * @throws UsageException if a value is out of its range, or two contradict each other
     */
    void check(Environment environment) {
        GenerationOptions _ = over(GenerationOptions.defaults(), environment);
    }

    /**
     * The options to generate with.
     *
     * @param recommended what the model recommends
     * @throws UsageException if a value is out of its range, or two contradict each other
     */
    GenerationOptions over(GenerationOptions recommended, Environment environment) {
        if (greedy && temperature != null && temperature != 0) {
            throw new UsageException(
                    "--greedy and --temperature " + temperature + " contradict each other: give one of them");
        }
        try {
            return apply(recommended, environment);
        } catch (IllegalArgumentException e) {
            throw OptionNames.usage(e, command);
        }
    }

    private GenerationOptions apply(GenerationOptions recommended, Environment environment) {
        GenerationOptions options = recommended;
        if (maxTokens != null) {
            options = options.withMaxTokens(maxTokens == 0 ? GenerationOptions.UNLIMITED : maxTokens);
        }
        if (temperature != null) {
            options = options.withTemperature(temperature);
        }
        if (greedy) {
            options = options.withTemperature(0);
        }
        if (topK != null) {
            options = options.withTopK(topK);
        }
        if (topP != null) {
            options = options.withTopP(topP);
        }
        if (minP != null) {
            options = options.withMinP(minP);
        }
        if (repeatPenalty != null) {
            options = options.withRepeatPenalty(repeatPenalty);
        }
        if (repeatWindow != null) {
            options = options.withRepeatWindow(repeatWindow);
        }
        if (noSpeculation) {
            options = options.withSpeculation(false);
        }
        Long chosenSeed = seed == null ? environment.longInteger("BITNET_SEED").orElse(null) : seed;
        if (chosenSeed != null) {
            options = options.withSeed(chosenSeed);
        }
        return stop.isEmpty() ? options : options.withStop(stop.toArray(String[]::new));
    }
}
