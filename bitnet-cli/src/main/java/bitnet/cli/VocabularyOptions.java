package bitnet.cli;

import bitnet.tokenizer.Tokenizer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that says whose vocabulary to use. */
final class VocabularyOptions {
    @Option(
            names = {"-m", "--model"},
            paramLabel = "FILE|DIR",
            description = "A GGUF file, a model's directory or a tokenizer.json. Environment: BITNET_MODEL."
                    + " Default: the built-in demo model.")
    @Nullable
    Path model;

    /** Reads the vocabulary alone. */
    Tokenizer tokenizer(Console console) {
        ModelOptions options = new ModelOptions();
        options.model = model;
        return options.tokenizer(console);
    }
}
