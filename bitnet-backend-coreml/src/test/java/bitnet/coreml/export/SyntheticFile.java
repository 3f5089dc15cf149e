package bitnet.coreml.export;

import bitnet.ModelFormatException;
import bitnet.model.ModelFile;
import bitnet.model.SamplingDefaults;
import bitnet.model.Transformer;
import bitnet.tokenizer.TokenizerSpec;
import java.util.Optional;

/** A model in memory that answers as one on disk, but has no vocabulary. */
record SyntheticFile(String name, Transformer transformer) implements ModelFile {
    @Override
    public String source() {
        return name + ".gguf";
    }

    @Override
    public TokenizerSpec tokenizer() {
        throw new ModelFormatException(source(), "vocabulary", "there is none");
    }

    @Override
    public Optional<String> chatTemplate() {
        return Optional.empty();
    }

    @Override
    public SamplingDefaults samplingDefaults() {
        return SamplingDefaults.NONE;
    }

    @Override
    public String storage() {
        return "memory";
    }

    @Override
    public void requireUnchanged() {}

    @Override
    public void close() {}
}
