package bitnet.coreml.export;

import bitnet.BitNetException;
import bitnet.forward.ForwardPass;
import bitnet.forward.PageTable;
import bitnet.model.ModelConfig;
import bitnet.model.ModelFile;
import bitnet.model.Transformer;
import bitnet.spi.CompileOptions;
import bitnet.spi.Logits;
import bitnet.spi.Step;
import bitnet.tokenizer.Tokenizer;
import bitnet.tokenizer.TokenizerSpec;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Runs a model on a prompt, in plain Java, to see how large its values become. */
final class Calibration {
    /** A step of these takes a 2B model some seconds. */
    private static final int TOKENS = 48;

    /** Prose, digits, code and other scripts: what prompts are made of. */
    private static final String TEXT = """
        In 1969 two people walked on the Moon; 27 + 48 = 75. for (int i = 0; i < n; i++) { sum += x[i]; } \
        Où est la gare? Tell me a story about a fox named Mila who loses a lantern.\
        """;

    private Calibration() {}

    /** Runs the prompt that fits the model's vocabulary. */
    static Ranges run(ModelFile file, ExportOptions options) {
        Transformer model = file.transformer();
        return run(model, prompt(file, model.config()), options);
    }

    /** Runs a prompt: half of what the options' progress sees of an export. */
    static Ranges run(Transformer model, int[] tokens, ExportOptions options) {
        int vocabulary = model.config().vocabulary();
        Logits logits = Logits.all(vocabulary);
        CompileOptions compile = CompileOptions.of(tokens.length);
        try (RangeKernels kernels = new RangeKernels(model.config(), compile, options)) {
            ForwardPass pass = new ForwardPass(model, kernels, compile);
            Step step = new Step(tokens.length);
            PageTable pages = new PageTable(kernels);
            pages.reserve(tokens.length);
            for (int i = 0; i < tokens.length; i++) {
                step.add(pages.cache(), i, tokens[i], i == tokens.length - 1 ? logits : null);
            }
            kernels.run(step, pass::program);
            float largest = 0;
            for (float logit : logits.values()) {
                largest = Ranges.larger(largest, Math.abs(logit));
            }
            return kernels.ranges(largest);
        }
    }

    /** Begin-of-text, whose activations are often the largest of all, and the text. */
    private static int[] prompt(ModelFile file, ModelConfig config) {
        int count = Math.min(TOKENS, config.contextLength());
        try {
            TokenizerSpec vocabulary = file.tokenizer();
            int[] text = Tokenizer.of(vocabulary).encode(TEXT, false);
            int bos = vocabulary.bos();
            int[] tokens = bos < 0
                    ? text
                    : IntStream.concat(IntStream.of(bos), Arrays.stream(text)).toArray();
            if (Arrays.stream(tokens).allMatch(token -> token < config.vocabulary())) {
                return Arrays.copyOf(tokens, Math.min(tokens.length, count));
            }
        } catch (BitNetException e) {
            // A model without a vocabulary is calibrated on tokens from all over its embedding.
        }
        return IntStream.range(0, count)
                .map(position -> (int) (position * 7919L % config.vocabulary()))
                .toArray();
    }
}
