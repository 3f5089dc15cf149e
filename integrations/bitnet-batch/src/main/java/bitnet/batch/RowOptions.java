package bitnet.batch;

import bitnet.GenerationOptions;
import bitnet.constraint.TokenConstraint;
import bitnet.json.JsonValues;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How rows are answered.
 *
 * @param seed of the job, from which each row's seed comes with what the row says
 * @param system how the assistant should behave, for rows that are a prompt; empty for nothing
 * @param chat whether a prompt is a message of the user; otherwise it is a text to go on with
 * @param generation all else
 */
public record RowOptions(long seed, String system, boolean chat, GenerationOptions generation) {
    /**
     * Takes {@code seed}, {@code system} and {@code chat}; the options of {@link GenerationOptions} by their names, as far as an answer
     * does not come to depend on time; and of {@code jsonSchema}, {@code regex} and {@code gbnf} at most one. {@code stop} is a text, or
     * a JSON array of texts.
     *
     * @param recommended what counts for options that are not there
     * @throws IllegalArgumentException if a value is out of its range
     * @throws bitnet.InvalidConstraintException if no answer can be made to follow the schema, expression or grammar
     */
    public static RowOptions of(NamedOptions options, GenerationOptions recommended) {
        return new RowOptions(
                options.whole("seed", 0),
                options.text("system", ""),
                options.flag("chat", true),
                recommended
                        .withMaxTokens(options.integer("maxTokens", recommended.maxTokens()))
                        .withTemperature(options.number("temperature", recommended.temperature()))
                        .withTopK(options.integer("topK", recommended.topK()))
                        .withTopP(options.number("topP", recommended.topP()))
                        .withMinP(options.number("minP", recommended.minP()))
                        .withRepeatPenalty(options.number("repeatPenalty", recommended.repeatPenalty()))
                        .withRepeatWindow(options.integer("repeatWindow", recommended.repeatWindow()))
                        .withFrequencyPenalty(options.number("frequencyPenalty", recommended.frequencyPenalty()))
                        .withPresencePenalty(options.number("presencePenalty", recommended.presencePenalty()))
                        .withStop(stop(options.text("stop")))
                        .withConstraint(constraint(options))
                        .withCancelOnInterrupt(true));
    }

    private static String[] stop(@Nullable String text) {
        if (text == null) {
            return new String[0];
        }
        if (!text.startsWith("[")) {
            return new String[] {text};
        }
        Map<String, @Nullable Object> parsed = JsonValues.object("the option stop", "{\"stop\":" + text + "}");
        if (!(parsed.get("stop") instanceof List<?> texts) || !texts.stream().allMatch(String.class::isInstance)) {
            throw new IllegalArgumentException(
                    "the option stop is '" + text + "', expected a text or a JSON array of texts");
        }
        return texts.toArray(String[]::new);
    }

    private static @Nullable TokenConstraint constraint(NamedOptions options) {
        String schema = options.text("jsonSchema");
        String regex = options.text("regex");
        String gbnf = options.text("gbnf");
        if ((schema == null ? 0 : 1) + (regex == null ? 0 : 1) + (gbnf == null ? 0 : 1) > 1) {
            throw new IllegalArgumentException("an answer follows one of the options jsonSchema, regex and gbnf");
        }
        return schema != null
                ? TokenConstraint.jsonSchema(schema)
                : regex != null ? TokenConstraint.regex(regex) : gbnf != null ? TokenConstraint.gbnf(gbnf) : null;
    }
}
