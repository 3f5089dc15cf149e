package bitnet.springai;

import bitnet.Completion;
import bitnet.Generation;
import bitnet.Model;
import bitnet.Reply;
import bitnet.ReplyReader;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import java.util.ArrayList;
import java.util.List;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.observation.ChatModelObservationContext;
import org.springframework.ai.chat.observation.ChatModelObservationConvention;
import org.springframework.ai.chat.observation.ChatModelObservationDocumentation;
import org.springframework.ai.chat.observation.DefaultChatModelObservationConvention;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import reactor.core.publisher.Flux;
import reactor.core.publisher.SynchronousSink;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Answers whole or as a stream. Tools of the options are offered to the model, and its calls are in the answer: Spring AI's {@code ChatClient}
 * executes them. An output schema is kept token by token, so that whatever comes parses. Thread-safe. The model stays its owner's, who
 * closes it after the last answer.
 */
public final class BitNetChatModel implements ChatModel {
    /** What observations name as the provider. */
    public static final String PROVIDER = "bitnet";

    private static final ChatModelObservationConvention CONVENTION = new DefaultChatModelObservationConvention();
    private static final Scheduler THREADS = Schedulers.fromExecutor(
            task -> Thread.ofVirtual().name("bitnet-spring-ai").start(task));

    private final Model model;
    private final BitNetChatOptions options;
    private final ObservationRegistry registry;
    private final ChatModelObservationConvention convention;

    /** By the model's own name and sampling, observed by nobody. */
    public BitNetChatModel(Model model) {
        this(model, BitNetChatOptions.builder().build(), ObservationRegistry.NOOP, CONVENTION);
    }

    /**
     * @param model the model, which stays its owner's
     * @param options for prompts that do not say; without a model name they get the model's
     * @param registry where each answer is observed
     * @param convention how an observation is named
     */
    public BitNetChatModel(
            Model model,
            BitNetChatOptions options,
            ObservationRegistry registry,
            ChatModelObservationConvention convention) {
        this.model = model;
        this.options = options.getModel() == null
                ? options.mutate().model(model.info().name()).build()
                : options;
        this.registry = registry;
        this.convention = convention;
    }

    /** The options of prompts that have none. */
    @Override
    public BitNetChatOptions getOptions() {
        return options;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the prompt has media, or an option is out of its range
     * @throws bitnet.BitNetException as {@link Model#generate} does
     */
    @Override
    public ChatResponse call(Prompt prompt) {
        BitNetChatOptions asked = asked(prompt);
        BitNetPrompt request = BitNetPrompt.of(prompt, asked, model.defaultOptions());
        ChatModelObservationContext context = context(prompt, asked, false);
        return observation(context).observe(() -> {
            try (Generation generation = request.generate(model)) {
                Completion completion = generation.finish();
                ReplyReader reader = request.reader(model);
                Answer answer = new Answer(name(asked));
                answer.add(reader.next(completion.text()));
                answer.add(reader.finish());
                ChatResponse response = answer.whole(completion);
                context.setResponse(response);
                return response;
            }
        });
    }

    /**
     * {@inheritDoc} Tokens are computed as they are asked for, on a virtual thread; a subscriber that cancels ends the generation. The last
     * response has the usage and the reason to end. Errors are as for {@link #call(Prompt)}.
     */
    @Override
    public Flux<ChatResponse> stream(Prompt prompt) {
        return Flux.deferContextual(reactor -> {
            BitNetChatOptions asked = asked(prompt);
            BitNetPrompt request = BitNetPrompt.of(prompt, asked, model.defaultOptions());
            ChatModelObservationContext context = context(prompt, asked, true);
            Observation observation = observation(context)
                    .parentObservation(reactor.getOrDefault(ObservationThreadLocalAccessor.KEY, null));
            return Flux.generate(
                            () -> new Streamed(request, model, new Answer(name(asked)), context),
                            Streamed::next,
                            Streamed::close)
                    .subscribeOn(THREADS)
                    .doFirst(observation::start)
                    .doOnError(observation::error)
                    .doFinally(_ -> observation.stop())
                    .contextWrite(values -> values.put(ObservationThreadLocalAccessor.KEY, observation));
        });
    }

    /** A stream's generation. One thread at a time. */
    private static final class Streamed {
        private final Generation generation;
        private final ReplyReader reader;
        private final Answer answer;
        private final ChatModelObservationContext context;

        Streamed(BitNetPrompt request, Model model, Answer answer, ChatModelObservationContext context) {
            this.generation = request.generate(model);
            this.reader = request.reader(model);
            this.answer = answer;
            this.context = context;
        }

        Streamed next(SynchronousSink<ChatResponse> sink) {
            while (generation.hasNext()) {
                Reply reply = reader.next(generation.next().text());
                if (!reply.equals(NOTHING)) {
                    sink.next(answer.add(reply));
                    return this;
                }
            }
            Completion completion = generation.finish();
            sink.next(answer.last(reader.finish(), completion));
            context.setResponse(answer.whole(completion));
            sink.complete();
            return this;
        }

        void close() {
            generation.close();
        }
    }

    private static final Reply NOTHING = new Reply("", "", List.of());

    /** The prompt's options where it has them, over those of this model. */
    private BitNetChatOptions asked(Prompt prompt) {
        ChatOptions own = prompt.getOptions();
        return own == null
                ? options
                : own instanceof BitNetChatOptions complete
                        ? complete
                        : options.mutate().combineWith(own.mutate()).build();
    }

    private String name(BitNetChatOptions asked) {
        return asked.getModel() == null ? model.info().name() : asked.getModel();
    }

    private static ChatModelObservationContext context(Prompt prompt, BitNetChatOptions asked, boolean streaming) {
        return ChatModelObservationContext.builder()
                .prompt(new Prompt(new ArrayList<>(prompt.getInstructions()), asked))
                .provider(PROVIDER)
                .streaming(streaming)
                .build();
    }

    private Observation observation(ChatModelObservationContext context) {
        return ChatModelObservationDocumentation.CHAT_MODEL_OPERATION.observation(
                convention, CONVENTION, () -> context, registry);
    }
}
