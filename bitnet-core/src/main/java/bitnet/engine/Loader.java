package bitnet.engine;

import bitnet.BackendReport;
import bitnet.ChatTemplateException;
import bitnet.DevicePolicy;
import bitnet.EmbeddingModel;
import bitnet.GenerationOptions;
import bitnet.KvType;
import bitnet.LoadOptions;
import bitnet.Model;
import bitnet.ModelFormatException;
import bitnet.ModelInfo;
import bitnet.ModelUnsupportedException;
import bitnet.model.Attention;
import bitnet.model.GatedDeltaNet;
import bitnet.model.Head;
import bitnet.model.Layer;
import bitnet.model.Linear;
import bitnet.model.Mixer;
import bitnet.model.ModelConfig;
import bitnet.model.ModelFile;
import bitnet.model.Pooling;
import bitnet.model.Prompts;
import bitnet.model.SamplingDefaults;
import bitnet.model.TernaryTensor;
import bitnet.model.Transformer;
import bitnet.spi.CompiledModel;
import bitnet.template.ChatTemplates;
import bitnet.tokenizer.Tokenizer;
import bitnet.tokenizer.TokenizerSpec;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** From a path to a model that runs. */
public final class Loader {
    private static final String TOKENS_ONLY = "the model was loaded for tokens only";
    private static final Logger log = LoggerFactory.getLogger(Loader.class);

    private final Path path;
    private final LoadOptions options;
    private final List<Candidate> candidates;
    /** Whether an embedding model is wanted. */
    private final boolean embeds;

    private final PlatformThread platformThread;

    private Loader(Path path, LoadOptions options, List<Candidate> candidates, boolean embeds) {
        this.embeds = embeds;
        this.path = path;
        this.options = options;
        this.candidates = candidates;
        this.platformThread = new PlatformThread("bitnet " + path.getFileName());
    }

    /** {@link Model#load(Path, LoadOptions)}. */
    public static Model load(Path path, LoadOptions options) {
        return load(path, options, Providers.find());
    }

    /** {@link EmbeddingModel#load(Path, LoadOptions)}. */
    public static EmbeddingModel loadEmbedding(Path path, LoadOptions options) {
        return loadEmbedding(path, options, Providers.find());
    }

    /** Loads with these backends to choose from. */
    static Model load(Path path, LoadOptions options, List<Candidate> candidates) {
        return new Loader(path, options, candidates, false).onPlatformThread().model();
    }

    /** Likewise. */
    static EmbeddingModel loadEmbedding(Path path, LoadOptions options, List<Candidate> candidates) {
        // Nothing is kept of keys and values, so there is nothing to save by rounding them.
        Loaded loaded = new Loader(path, options.withKvType(KvType.F32), candidates, true).onPlatformThread();
        Transformer transformer = loaded.transformer();
        return switch (transformer.output()) {
            case Pooling pooling ->
                new LoadedEmbedding(
                        loaded.model(),
                        pooling,
                        loaded.prompts(),
                        transformer.config().hidden());
            case Head _ -> throw new IllegalStateException("a language model was loaded to embed");
        };
    }

    private record Loaded(Transformer transformer, Prompts prompts, LoadedModel model) {}

    private Loaded onPlatformThread() {
        @Nullable Loaded[] loaded = new @Nullable Loaded[1];
        platformThread.run(() -> loaded[0] = load());
        return Objects.requireNonNull(loaded[0]);
    }

    /** {@link Model#open(Path)}. */
    public static ModelFile open(Path path, LoadOptions options) {
        return ModelPath.open(path, options.i2sLayout());
    }

    /** {@link bitnet.Devices#probe()}. */
    public static List<BackendReport> probe() {
        return Selection.survey(DevicePolicy.auto().order(), Providers.find());
    }

    private Loaded load() {
        @Nullable LoadEvent event = FlightRecords.begin(LoadEvent::new);
        ModelFile file = open(path, options);
        try {
            options.cancellation().check();
            Loaded loaded = load(file);
            if (event != null) {
                ModelInfo facts = loaded.model().info();
                event.done(facts.source(), facts.backend(), facts.device().label());
            }
            return loaded;
        } catch (RuntimeException | Error e) {
            file.close();
            platformThread.close();
            throw e;
        }
    }

    private record Language(Tokenizer tokenizer, Chat chat) {}

    /** The vocabulary takes one core 0.4 s for 128,256 tokens: time in which the weights can come. */
    private Loaded load(ModelFile file) {
        Transformer transformer = file.transformer();
        requireWanted(file, transformer);
        Prompts prompts = embeds ? file.prompts() : Prompts.NONE;
        ModelConfig config = transformer.config();
        int contextLength = contextLength(config);
        requireTernary(transformer);
        try (var language = Meanwhile.start("bitnet vocabulary", () -> language(file, config))) {
            GenerationOptions recommended = recommended(file);
            var backends = new Backends(path, transformer, options, contextLength, candidates, selection -> {
                file.requireUnchanged(); // all that the backend has read by now
                return info(file, transformer, language.get().chat().words(), selection);
            });
            Placement first = backends.first();
            var model = new LoadedModel(
                    file,
                    first,
                    language.get().tokenizer(),
                    language.get().chat().format(),
                    recommended,
                    platformThread,
                    options.scheduling(),
                    backends);
            return new Loaded(transformer, prompts, model);
        }
    }

    private void requireWanted(ModelFile file, Transformer transformer) {
        boolean pools = transformer.output() instanceof Pooling;
        if (pools != embeds) {
            throw new ModelUnsupportedException(
                    file.source(),
                    pools
                            ? "it is an embedding model, which generates no text: load it with EmbeddingModel, or use bitnet embed"
                            : "it is a language model, whose files say no pooling: load it with Model");
        }
    }

    /** What no backend can run is said before one is tried. The first matrix tells it of a model in float. */
    private static void requireTernary(Transformer transformer) {
        try (Arena arena = Arena.ofConfined()) {
            transformer.layers().getFirst().matrices().getFirst().pack(arena);
        }
    }

    private Language language(ModelFile file, ModelConfig config) {
        if (options.tokensOnly()) {
            return new Language(new TokensOnly(file.source()), noChat(file, TOKENS_ONLY));
        }
        Tokenizer tokenizer = Tokenizer.of(vocabulary(file, config));
        if (embeds) {
            return new Language(tokenizer, noChat(file, "it is an embedding model"));
        }
        return new Language(tokenizer, chat(file, config, tokenizer));
    }

    private ModelInfo info(ModelFile file, Transformer transformer, String chat, Selection<CompiledModel> selection) {
        ModelConfig config = transformer.config();
        return new ModelInfo(
                file.name(),
                file.source(),
                config.architecture(),
                parameters(transformer),
                config.layers(),
                config.vocabulary(),
                Math.min(contextLength(config), selection.opened().capacity()),
                config.contextLength(),
                file.storage(),
                options.head(),
                Objects.requireNonNull(selection.candidate().device()),
                selection.candidate().id(),
                selection.probe().isa(),
                selection.opened().memoryBytes(),
                chat,
                selection.reports());
    }

    private TokenizerSpec vocabulary(ModelFile file, ModelConfig config) {
        TokenizerSpec spec;
        if (options.tokenizer() == null) {
            spec = file.tokenizer();
        } else {
            try (ModelFile other = ModelPath.open(options.tokenizer(), options.i2sLayout())) {
                spec = other.tokenizer();
            }
        }
        if (spec.tokens().size() > config.vocabulary()) {
            throw new ModelFormatException(
                    spec.source(),
                    "vocabulary",
                    "it has " + spec.tokens().size() + " tokens, but the model's embedding has " + config.vocabulary());
        }
        return spec;
    }

    private int contextLength(ModelConfig config) {
        if (options.contextLength() > config.contextLength()) {
            throw new IllegalArgumentException("contextLength is " + options.contextLength()
                    + ", but the model was trained for " + config.contextLength());
        }
        return options.contextLength() > 0
                ? options.contextLength()
                : Math.min(config.contextLength(), LoadOptions.MAX_DEFAULT_CONTEXT);
    }

    private record Chat(Supplier<ChatFormat> format, String words) {}

    /** A model whose template is missing or broken still completes text: only chatting fails. */
    private static Chat chat(ModelFile file, ModelConfig config, Tokenizer tokenizer) {
        ChatTemplates.@Nullable Choice choice;
        try {
            choice = ChatTemplates.forModel(
                    config.architecture(), tokenizer.spec(), file.chatTemplate().orElse(null));
        } catch (ChatTemplateException e) {
            log.warn("{}: no chat, because the chat template is broken: {}", file.source(), e.getMessage());
            return new Chat(
                    () -> {
                        throw new ChatTemplateException(file.source() + ": " + e.getMessage());
                    },
                    "none: " + e.getMessage());
        }
        if (choice == null) {
            return noChat(file, "the model has no chat template, and none is known for it");
        }
        var format = new ChatFormat(choice.template(), tokenizer);
        return new Chat(() -> format, choice.name() + ": " + choice.reason());
    }

    private static Chat noChat(ModelFile file, String problem) {
        return new Chat(
                () -> {
                    throw new ModelUnsupportedException(file.source(), "no chat: " + problem);
                },
                "none: " + problem);
    }

    /** What the file recommends, unless it is nonsense, which is no reason not to load. */
    private static GenerationOptions recommended(ModelFile file) {
        SamplingDefaults defaults = file.samplingDefaults();
        GenerationOptions recommended = GenerationOptions.defaults();
        try {
            if (defaults.temperature() != null) {
                recommended = recommended.withTemperature(defaults.temperature());
            }
            if (defaults.topK() != null) {
                recommended = recommended.withTopK(defaults.topK());
            }
            return defaults.topP() == null ? recommended : recommended.withTopP(defaults.topP());
        } catch (IllegalArgumentException e) {
            log.warn("{}: the sampling that it recommends is not used: {}", file.source(), e.getMessage());
            return GenerationOptions.defaults();
        }
    }

    private static long parameters(Transformer transformer) {
        ModelConfig config = transformer.config();
        long table = (long) config.vocabulary() * config.hidden();
        boolean ownHead = transformer.output() instanceof Head && !transformer.isTied();
        long sum = ownHead ? 2 * table : table;
        sum += config.hidden();
        for (Layer layer : transformer.layers()) {
            for (TernaryTensor matrix : layer.matrices()) {
                sum += (long) matrix.rows() * matrix.columns();
            }
            sum += norms(layer) + vectors(layer.mixer());
        }
        return sum;
    }

    private static long norms(Layer layer) {
        long sum = (long) layer.mixerNorm().length + layer.feedForwardNorm().length;
        sum += length(layer.afterMixer()) + length(layer.afterFeedForward());
        for (Linear linear : Stream.concat(layer.mixer().linears().stream(), layer.feedForward().linears().stream())
                .toList()) {
            sum += length(linear.inputNorm());
        }
        return sum;
    }

    /** What a mixer has beside matrices and their norms. */
    private static long vectors(Mixer mixer) {
        return switch (mixer) {
            case Attention attention -> {
                Attention.HeadNorms heads = attention.headNorms();
                yield heads == null ? 0 : heads.query().length + heads.key().length;
            }
            case GatedDeltaNet net -> {
                long rates = 2L * net.alpha().rows() * net.alpha().columns();
                yield rates + net.convolution().length + net.timeBias().length + net.decay().length + net.norm().length;
            }
        };
    }

    private static long length(float @Nullable [] weights) {
        return weights == null ? 0 : weights.length;
    }
}
