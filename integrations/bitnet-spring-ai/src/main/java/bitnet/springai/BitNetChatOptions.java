package bitnet.springai;

import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.model.tool.DefaultToolCallingChatOptions;
import org.springframework.ai.model.tool.StructuredOutputChatOptions;
import org.springframework.ai.model.tool.ToolCallingChatOptions;

/**
 * How to answer: Spring AI's options, and what models of this library know beside. What is null is as the model recommends. Values have the
 * ranges of {@link bitnet.GenerationOptions}. Immutable.
 */
public final class BitNetChatOptions extends DefaultToolCallingChatOptions implements StructuredOutputChatOptions {
    private final @Nullable Double minP;
    private final @Nullable Double repeatPenalty;
    private final @Nullable Long seed;
    private final @Nullable Boolean toolRequired;
    private final @Nullable String outputSchema;
    private final @Nullable Map<String, Object> templateArguments;

    private BitNetChatOptions(ToolCallingChatOptions common, Builder from) {
        super(
                common.getToolCallbacks(),
                common.getToolContext(),
                common.getModel(),
                common.getFrequencyPenalty(),
                common.getMaxTokens(),
                common.getPresencePenalty(),
                common.getStopSequences(),
                common.getTemperature(),
                common.getTopK(),
                common.getTopP());
        minP = from.minP;
        repeatPenalty = from.repeatPenalty;
        seed = from.seed;
        toolRequired = from.toolRequired;
        outputSchema = from.outputSchema;
        templateArguments = from.templateArguments == null ? null : Map.copyOf(from.templateArguments);
    }

    /** No option set. */
    public static Builder builder() {
        return new Builder();
    }

    /** Tokens less probable than this times the best are left out. */
    public @Nullable Double getMinP() {
        return minP;
    }

    /** Logits of recent tokens are divided by it. */
    public @Nullable Double getRepeatPenalty() {
        return repeatPenalty;
    }

    /** Of the random numbers: the same seed gives the same answer. */
    public @Nullable Long getSeed() {
        return seed;
    }

    /**
     * Whether the answer has to be a call of a tool. It concerns answers to the user; an answer to a tool's result is free, so that a
     * conversation comes to its end.
     */
    public @Nullable Boolean getToolRequired() {
        return toolRequired;
    }

    /** A JSON schema that the answer is held to, token by token. */
    @Override
    public @Nullable String getOutputSchema() {
        return outputSchema;
    }

    /** What the model's chat template knows by name, such as {@code enable_thinking}. */
    public @Nullable Map<String, Object> getTemplateArguments() {
        return templateArguments;
    }

    @Override
    public Builder mutate() {
        Builder builder = new Builder()
                .model(getModel())
                .frequencyPenalty(getFrequencyPenalty())
                .maxTokens(getMaxTokens())
                .presencePenalty(getPresencePenalty())
                .stopSequences(getStopSequences())
                .temperature(getTemperature())
                .topK(getTopK())
                .topP(getTopP())
                .toolCallbacks(getToolCallbacks())
                .toolContext(getToolContext());
        builder.minP = minP;
        builder.repeatPenalty = repeatPenalty;
        builder.seed = seed;
        builder.toolRequired = toolRequired;
        builder.outputSchema = outputSchema;
        builder.templateArguments = templateArguments;
        return builder;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return super.equals(other)
                && other instanceof BitNetChatOptions that
                && Objects.equals(minP, that.minP)
                && Objects.equals(repeatPenalty, that.repeatPenalty)
                && Objects.equals(seed, that.seed)
                && Objects.equals(toolRequired, that.toolRequired)
                && Objects.equals(outputSchema, that.outputSchema)
                && Objects.equals(templateArguments, that.templateArguments);
    }

    @Override
    public int hashCode() {
        return Objects.hash(super.hashCode(), minP, repeatPenalty, seed, toolRequired, outputSchema, templateArguments);
    }

    /** Options in the making. Not thread-safe. */
    public static final class Builder extends DefaultToolCallingChatOptions.Builder<Builder>
            implements StructuredOutputChatOptions.Builder<Builder> {
        private @Nullable Double minP;
        private @Nullable Double repeatPenalty;
        private @Nullable Long seed;
        private @Nullable Boolean toolRequired;
        private @Nullable String outputSchema;
        private @Nullable Map<String, Object> templateArguments;

        private Builder() {}

        /** See {@link BitNetChatOptions#getMinP()}. */
        public Builder minP(@Nullable Double value) {
            minP = value;
            return this;
        }

        /** See {@link BitNetChatOptions#getRepeatPenalty()}. */
        public Builder repeatPenalty(@Nullable Double value) {
            repeatPenalty = value;
            return this;
        }

        /** See {@link BitNetChatOptions#getSeed()}. */
        public Builder seed(@Nullable Long value) {
            seed = value;
            return this;
        }

        /** See {@link BitNetChatOptions#getToolRequired()}. */
        public Builder toolRequired(@Nullable Boolean value) {
            toolRequired = value;
            return this;
        }

        /** See {@link BitNetChatOptions#getOutputSchema()}. */
        @Override
        public Builder outputSchema(@Nullable String schema) {
            outputSchema = schema;
            return this;
        }

        /** See {@link BitNetChatOptions#getTemplateArguments()}. */
        public Builder templateArguments(@Nullable Map<String, Object> arguments) {
            templateArguments = arguments;
            return this;
        }

        /** What the other one sets replaces what is set here; its stop sequences and tools come on top. */
        @Override
        public Builder combineWith(ChatOptions.Builder<?> other) {
            super.combineWith(other);
            if (other instanceof Builder that) {
                minP = that.minP == null ? minP : that.minP;
                repeatPenalty = that.repeatPenalty == null ? repeatPenalty : that.repeatPenalty;
                seed = that.seed == null ? seed : that.seed;
                toolRequired = that.toolRequired == null ? toolRequired : that.toolRequired;
                templateArguments = that.templateArguments == null ? templateArguments : that.templateArguments;
            }
            if (other.build() instanceof StructuredOutputChatOptions that && that.getOutputSchema() != null) {
                outputSchema = that.getOutputSchema();
            }
            return this;
        }

        @Override
        public BitNetChatOptions build() {
            return new BitNetChatOptions(super.build(), this);
        }
    }
}
