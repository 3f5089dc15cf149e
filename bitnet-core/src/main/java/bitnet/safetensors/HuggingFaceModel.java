package bitnet.safetensors;

import bitnet.ModelFormatException;
import bitnet.ModelUnsupportedException;
import bitnet.PoolingType;
import bitnet.family.Family;
import bitnet.model.ModelFile;
import bitnet.model.Pooling;
import bitnet.model.Prompts;
import bitnet.model.SamplingDefaults;
import bitnet.model.Transformer;
import bitnet.tensor.ZeroPages;
import bitnet.tokenizer.TokenizerSpec;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A model directory as Hugging Face's library transformers writes it: {@code config.json}, {@code model.safetensors} (or
 * shards and their index), {@code tokenizer.json}, {@code tokenizer_config.json}, {@code generation_config.json} and
 * {@code chat_template.jinja}. A directory without weights has a vocabulary all the same.
 */
public final class HuggingFaceModel implements ModelFile {
    private static final Logger LOG = LoggerFactory.getLogger(HuggingFaceModel.class);
    private static final String CONFIG = "config.json";
    private static final String TOKENIZER = "tokenizer.json";
    private static final long MAX_TEMPLATE_BYTES = 1 << 20;

    private final Path source;
    private final Path directory;
    private final @Nullable HuggingFaceConfig config;
    private final GenerationConfig generation;
    private final TokenizerConfig tokenizerConfig;
    private final @Nullable Checkpoint checkpoint;

    private HuggingFaceModel(Path source, Path directory, Parts parts) {
        this.source = source;
        this.directory = directory;
        this.config = readConfig(parts);
        Path generationFile = directory.resolve("generation_config.json");
        this.generation = Files.exists(generationFile) ? GenerationConfig.read(generationFile) : GenerationConfig.NONE;
        this.tokenizerConfig = tokenizerConfig(directory.resolve("tokenizer_config.json"))
                .orElse(tokenizerConfig(directory.resolve("special_tokens_map.json")));
        this.checkpoint = switch (parts) {
            case WHOLE -> Checkpoint.open(directory);
            case FILE -> Checkpoint.openWith(source);
            case VOCABULARY -> null;
        };
    }

    /** What of a directory the caller wants. */
    private enum Parts {
        WHOLE,
        /** With the weights of the file that was named. */
        FILE,
        VOCABULARY
    }

    private @Nullable HuggingFaceConfig readConfig(Parts parts) {
        Path file = directory.resolve(CONFIG);
        if (!Files.exists(file)) {
            return null;
        }
        try {
            return HuggingFaceConfig.read(file, name());
        } catch (ModelUnsupportedException e) {
            if (parts == Parts.VOCABULARY) {
                return null; // the vocabulary may be of use with another model
            }
            throw e;
        }
    }

    private static TokenizerConfig tokenizerConfig(Path file) {
        return Files.exists(file) ? TokenizerConfig.read(file) : TokenizerConfig.NONE;
    }

    /** Whether a path looks like something for {@link #open}, by names alone. */
    public static boolean accepts(Path path) {
        if (Files.isDirectory(path)) {
            return Files.exists(path.resolve(CONFIG)) || Files.exists(path.resolve(TOKENIZER));
        }
        String name = nameOf(path);
        return name.equals(CONFIG) || name.equals(TOKENIZER) || name.endsWith(".safetensors");
    }

    /**
     * Opens a model.
     *
     * @param path the directory, or in it {@code config.json}, a {@code .safetensors} file or, for the vocabulary alone, {@code
     *     tokenizer.json}
     * @throws ModelFormatException if a file is damaged, or the directory has none of them
     * @throws ModelUnsupportedException if this is a model that bitnet does not run
     */
    public static HuggingFaceModel open(Path path) {
        if (Files.isDirectory(path)) {
            if (!accepts(path)) {
                throw new ModelFormatException(
                        path.toString(), "directory", "has no config.json, expected a Hugging Face model directory");
            }
            return new HuggingFaceModel(path, path, Parts.WHOLE);
        }
        if (!Files.exists(path)) {
            throw new ModelFormatException(path.toString(), "file", "does not exist");
        }
        if (!accepts(path)) {
            throw new ModelFormatException(
                    path.toString(),
                    "file",
                    "is not a model directory, nor a config.json, tokenizer.json or .safetensors file in one");
        }
        Path directory = path.getParent() == null ? Path.of("") : path.getParent();
        return new HuggingFaceModel(
                path,
                directory,
                switch (nameOf(path)) {
                    case CONFIG -> Parts.WHOLE;
                    case TOKENIZER -> Parts.VOCABULARY;
                    default -> Parts.FILE;
                });
    }

    @Override
    public String source() {
        return source.toString();
    }

    @Override
    public String name() {
        return nameOf(directory);
    }

    @Override
    public Transformer transformer() {
        Checkpoint weights = checkpoint(); // first, since a directory without weights may have no config.json either
        @Nullable Pooling pooling = pooling();
        HuggingFaceConfig shape =
                pooling == null ? config() : config().withContextLimit(SentenceTransformers.maxTokens(directory));
        return new CheckpointTransformer(weights, shape, pooling).read();
    }

    /** Of a model of a class that embeds. */
    private @Nullable Pooling pooling() {
        if (!config().family().family().has(Family.Trait.EMBEDS)) {
            return null;
        }
        Pooling said = SentenceTransformers.pooling(directory);
        if (said == null) {
            LOG.info(
                    "{}: no modules.json says how texts are pooled; the last token's vector is taken, and normalised",
                    source);
            return new Pooling(PoolingType.LAST, true);
        }
        return said;
    }

    @Override
    public Prompts prompts() {
        return SentenceTransformers.prompts(directory);
    }

    @Override
    public TokenizerSpec tokenizer() {
        Path file = directory.resolve(TOKENIZER);
        if (!Files.exists(file)) {
            throw new ModelFormatException(file.toString(), "file", "does not exist");
        }
        int rows = config == null ? 0 : config.model().vocabulary();
        int bos = generation.bos() >= 0 || config == null ? generation.bos() : config.bos();
        Set<Integer> eos = new LinkedHashSet<>(generation.eos());
        eos.addAll(config == null ? List.of() : config.eos());
        return HuggingFaceTokenizer.read(TokenizerJson.read(file), tokenizerConfig, rows, bos, eos);
    }

    @Override
    public Optional<String> chatTemplate() {
        Path file = directory.resolve("chat_template.jinja");
        return Files.exists(file)
                ? Optional.of(readTemplate(file))
                : Optional.ofNullable(tokenizerConfig.chatTemplate());
    }

    @Override
    public SamplingDefaults samplingDefaults() {
        return generation.sampling();
    }

    /** Every tensor of the weights; none if the directory has no weights. */
    public Collection<StoredTensor> tensors() {
        return checkpoint == null ? List.of() : checkpoint.tensors();
    }

    @Override
    public String storage() {
        if (checkpoint == null) {
            return "no weights";
        }
        String prefix = checkpoint.has("embed_tokens.weight") ? "" : "model.";
        StoredTensor embedding = checkpoint.find(prefix + "embed_tokens.weight");
        StoredTensor weights = checkpoint.find(prefix + "layers.0.self_attn.q_proj.weight");
        if (embedding == null || weights == null || config == null) {
            return "safetensors";
        }
        String form = weights.dtype() == Dtype.U8
                ? "packed uint8"
                : weights.dtype() + (config.quantization().online() ? " master weights" : " ternary weights");
        return form + ", embedding " + embedding.dtype();
    }

    /** Also warns in the log of tensors with pages of zeros, as a file has them whose download was not finished. */
    @Override
    public void requireUnchanged() {
        if (checkpoint != null) {
            checkpoint.requireUnchanged();
            ZeroPages.warn(LOG, source(), checkpoint.hollow());
        }
    }

    @Override
    public void close() {
        if (checkpoint != null) {
            checkpoint.close();
        }
    }

    private Checkpoint checkpoint() {
        if (checkpoint == null) {
            boolean torch = Files.exists(directory.resolve("pytorch_model.bin"))
                    || Files.exists(directory.resolve("pytorch_model.bin.index.json"));
            throw new ModelUnsupportedException(
                    source(),
                    torch
                            ? "its weights are a pytorch_model.bin, which is a program that makes them: save it as safetensors"
                            : "there is no model.safetensors and no model.safetensors.index.json, so the directory has a vocabulary only");
        }
        return checkpoint;
    }

    private HuggingFaceConfig config() {
        if (config == null) {
            throw new ModelFormatException(source(), CONFIG, "does not exist");
        }
        return config;
    }

    private static String readTemplate(Path file) {
        try {
            long size = Files.size(file);
            if (!Files.isRegularFile(file) || size > MAX_TEMPLATE_BYTES) {
                throw new ModelFormatException(
                        file.toString(),
                        "file",
                        size + " bytes; a template is a file of at most " + MAX_TEMPLATE_BYTES);
            }
            return Files.readString(file);
        } catch (CharacterCodingException e) {
            throw new ModelFormatException(file.toString(), "file", "invalid UTF-8", e);
        } catch (IOException e) {
            throw new ModelFormatException(file.toString(), "file", "cannot be read: " + e, e);
        }
    }

    private static String nameOf(Path path) {
        Path name = path.toAbsolutePath().normalize().getFileName();
        return name == null ? path.toString() : name.toString();
    }
}
