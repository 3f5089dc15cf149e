package bitnet.cli;

import bitnet.KvType;
import bitnet.Model;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The logits of a text, for comparisons with other software. */
@Command(
        name = "logits",
        description = {
            "Computes the logits of every position of a text and writes them as a NumPy array,",
            "float32 [tokens, vocabulary]: row i scores the token after the i-th.",
            "Keys and values are kept as f32 unless --kv says otherwise: other software mostly does."
        })
final class LogitsCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    private final ModelOptions modelOptions = new ModelOptions();

    @Option(
            names = "--tokens",
            paramLabel = "IDS",
            required = true,
            description = "Exactly these tokens, separated by commas; no begin-of-text token is added.")
    private String tokens = "";

    @Option(
            names = {"-o", "--output"},
            paramLabel = "F.npy",
            required = true,
            description = "The file to write. An existing file is replaced when the new one is complete.")
    private Path output = Path.of("");

    LogitsCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        modelOptions.kv = modelOptions.kv == null ? KvType.F32 : modelOptions.kv;
        try (Model model = modelOptions.loadForTokens(console)) {
            int vocabulary = model.info().vocabulary();
            int[] ids = TokenIds.parse(tokens, vocabulary);
            if (ids.length == 0) {
                throw new UsageException("--tokens is empty: give at least one id");
            }
            try (NpyFile file = new NpyFile(output, ids.length, vocabulary)) {
                model.evaluate(ids, (position, logits) -> {
                    console.interruption().check();
                    write(file, logits);
                });
                file.finish();
            } catch (UncheckedIOException e) {
                throw e.getCause();
            }
            console.say(output + ": float32 [" + ids.length + ", " + vocabulary + "]");
        }
        return ExitCode.OK.code();
    }

    private static void write(NpyFile file, float[] logits) {
        try {
            file.write(logits);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
