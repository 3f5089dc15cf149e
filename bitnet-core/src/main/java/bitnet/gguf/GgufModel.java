package bitnet.gguf;

import bitnet.model.ModelFile;
import bitnet.model.SamplingDefaults;
import bitnet.model.Transformer;
import bitnet.tensor.ZeroPages;
import bitnet.tokenizer.TokenizerSpec;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A model in a GGUF file. */
public final class GgufModel implements ModelFile {
    private static final Logger LOG = LoggerFactory.getLogger(GgufModel.class);

    private static final SamplingDefaults BONSAI = new SamplingDefaults(0.5f, 20, 0.85f);

    /** Tensors that a warning names. */
    private final GgufFile file;

    private final GgufOptions options;
    private @Nullable Transformer transformer;

    private GgufModel(GgufFile file, GgufOptions options) {
        this.file = file;
        this.options = options;
    }

    /**
     * Opens a file with the default options.
     *
     * @throws bitnet.ModelFormatException if it cannot be read, is damaged or is not GGUF
     * @throws bitnet.ModelUnsupportedException if it is big-endian or of another version
     */
    public static GgufModel open(Path path) {
        return open(path, GgufOptions.DEFAULT);
    }

    /**
     * Opens a file.
     *
     * @throws bitnet.ModelFormatException if it cannot be read, is damaged or is not GGUF
     * @throws bitnet.ModelUnsupportedException if it is big-endian or of another version
     */
    public static GgufModel open(Path path, GgufOptions options) {
        return of(GgufFile.open(path), options);
    }

    /** A model in an open file, which it owns from now on. */
    public static GgufModel of(GgufFile file, GgufOptions options) {
        return new GgufModel(file, options);
    }

    /** The file, with its metadata and tensor table. */
    public GgufFile file() {
        return file;
    }

    @Override
    public String source() {
        return file.source();
    }

    @Override
    public String name() {
        return file.metadata()
                .text("general.name")
                .filter(name -> !name.isBlank())
                .orElseGet(this::fileName);
    }

    private String fileName() {
        String source = file.source();
        return source.substring(Math.max(source.lastIndexOf('/'), source.lastIndexOf('\\')) + 1);
    }

    /** Also warns in the log, once, if the I2_S weights look like another layout than the one that the options say. */
    @Override
    public synchronized Transformer transformer() {
        if (transformer == null) {
            transformer = GgufTransformer.read(file, name(), options);
            I2sDiagnosis.of(file, 1)
                    .filter(found -> found.contradicts(options.i2sLayout()))
                    .ifPresent(found -> LOG.warn(
                            "{} is read in the I2_S layout {}, but {}; open it with that layout",
                            source(),
                            options.i2sLayout(),
                            found));
        }
        return transformer;
    }

    /** What the file was opened with. */
    public GgufOptions options() {
        return options;
    }

    @Override
    public TokenizerSpec tokenizer() {
        return GgufTokenizer.read(file);
    }

    @Override
    public Optional<String> chatTemplate() {
        return file.metadata().text("tokenizer.chat_template");
    }

    /**
     * llama.cpp's {@code general.sampling.*}. Most files have none; for those of Bonsai on Qwen3 it is what their authors run them
     * with.
     */
    @Override
    public SamplingDefaults samplingDefaults() {
        GgufMetadata metadata = file.metadata();
        boolean bonsai =
                metadata.text("general.architecture").filter("qwen3"::equals).isPresent()
                        && name().toLowerCase(Locale.ROOT).contains("bonsai");
        if (bonsai && metadata.values().keySet().stream().noneMatch(key -> key.startsWith("general.sampling."))) {
            return BONSAI;
        }
        return new SamplingDefaults(
                metadata.number("general.sampling.temp").map(Double::floatValue).orElse(null),
                metadata.integer("general.sampling.top_k", 0, Integer.MAX_VALUE).orElse(null),
                metadata.number("general.sampling.top_p")
                        .map(Double::floatValue)
                        .orElse(null));
    }

    @Override
    public String storage() {
        String weights = typeOf("blk.0.ffn_down.weight");
        String head = file.tensor(GgufTransformer.HEAD).isPresent() ? ", head " + typeOf(GgufTransformer.HEAD) : "";
        return file.tensors().isEmpty()
                ? "no tensors"
                : weights + ", embedding " + typeOf(GgufTransformer.EMBEDDING) + head;
    }

    private String typeOf(String tensor) {
        return file.tensor(tensor).map(GgufTensor::typeName).orElse("none");
    }

    /** Also warns in the log of tensors with pages of zeros, as a file has them whose download was not finished. */
    @Override
    public void requireUnchanged() {
        file.requireUnchanged();
        ZeroPages.warn(LOG, source(), file.hollow());
    }

    @Override
    public void close() {
        file.close();
    }
}
