package bitnet.model;

import bitnet.tokenizer.TokenizerSpec;
import java.util.Optional;

/**
 * An open model on disk, whatever its format: a GGUF file or a Hugging Face directory. Thread-safe. The tensors of
 * {@link #transformer()} are read when a backend asks for them, and can be until {@link #close()}.
 */
public interface ModelFile extends AutoCloseable {
    /** The path, as the caller named it; every error message begins with it. */
    String source();

    /** The model's name for people; the file's name where it has none. */
    String name();

    /**
     * The tensors.
     *
     * @throws bitnet.ModelFormatException if one is missing, misshapen or outside of the file
     * @throws bitnet.ModelUnsupportedException if this is not a model that bitnet runs, such as a vocabulary alone
     */
    Transformer transformer();

    /**
     * The vocabulary.
     *
     * @throws bitnet.ModelFormatException if it is missing or contradicts itself
     */
    TokenizerSpec tokenizer();

    /** The chat template (Jinja) that the file carries. */
    Optional<String> chatTemplate();

    /** What the file recommends for sampling. */
    SamplingDefaults samplingDefaults();

    /** What an embedding model wants in front of texts. */
    default Prompts prompts() {
        return Prompts.NONE;
    }

    /** Something short that says how weights and embedding are stored, such as {@code I2_S, embedding F16}. */
    String storage();

    /**
     * Makes sure that the weights that were read are those that the files held when they were opened.
     *
     * @throws bitnet.ModelFormatException if a file's size or time of modification says that it has changed
     */
    void requireUnchanged();

    /** Closes the files. What backends have read stays. Idempotent. */
    @Override
    void close();
}
