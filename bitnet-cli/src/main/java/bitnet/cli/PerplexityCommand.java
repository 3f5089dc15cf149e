package bitnet.cli;

import bitnet.Model;
import bitnet.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** How well a model predicts a text. */
@Command(
        name = "perplexity",
        description = {
            "Computes the perplexity of a text file (UTF-8): exp of the mean negative log-likelihood of its tokens.",
            "",
            "The text is tokenised as a whole, control tokens spelled in it being text, and cut into windows of"
                    + " N tokens (--window) that begin every S tokens (--stride). Each window is computed on its own,"
                    + " after the begin-of-text token where the model wants one; that token counts among the N."
                    + " Every token of the text is scored once, in the first window that holds it. A token with nothing"
                    + " before it in its window is not scored.",
            "",
            "The number is the same for every file that holds the same weights, on every device."
        })
final class PerplexityCommand implements Callable<Integer> {
    private static final int DEFAULT_WINDOW = 512;
    private final Console console;

    @Mixin
    private final ModelOptions modelOptions = new ModelOptions();

    @Option(
            names = {"-w", "--window"},
            paramLabel = "N",
            description = "Tokens of a window (default: 512, or --context, or what the model holds if that is less).")
    private @Nullable Integer windowOption;

    @Option(
            names = "--stride",
            paramLabel = "S",
            description =
                    "Tokens between the beginnings of two windows (default: the window, so that windows do not overlap).")
    private @Nullable Integer strideOption;

    @Option(names = "--json", description = "Write a JSON document.")
    private boolean json;

    @Parameters(paramLabel = "FILE", description = "The text; - reads standard input.")
    private Path file = Path.of("");

    private long said = System.nanoTime();

    PerplexityCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        String text = read();
        try (Model model = modelOptions.load(console)) {
            Tokenizer tokenizer = modelOptions.tokenizer(console);
            int[] tokens = tokenizer.encode(text, false);
            int bos = tokenizer.spec().addBos() ? tokenizer.spec().bos() : -1;
            int window = window(model);
            int room = Perplexity.room(window, bos);
            int stride = stride(room);
            if (tokens.length + (window - room) < 2) {
                throw new UsageException(file + " has " + tokens.length + " tokens: there is nothing to predict");
            }
            Perplexity result = new Perplexity(model, bos, window, stride).score(tokens, this::tell);
            write(result, tokens.length, window, stride);
        }
        return ExitCode.OK.code();
    }

    private String read() throws IOException {
        byte[] bytes;
        try {
            bytes = file.equals(Path.of("-")) ? console.in().readAllBytes() : Files.readAllBytes(file);
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (NoSuchFileException e) {
            throw new UsageException(file + " does not exist", e);
        } catch (CharacterCodingException e) {
            throw new UsageException(file + " is not a UTF-8 text", e);
        }
    }

    private int window(Model model) {
        int capacity = model.info().contextLength();
        Integer wanted = windowOption != null ? windowOption : modelOptions.context;
        int window = wanted == null ? Math.min(DEFAULT_WINDOW, capacity) : wanted;
        if (window < 2 || window > capacity) {
            throw new UsageException(
                    "a window of " + window + " tokens: use 2 to " + capacity + ", which the context holds");
        }
        return window;
    }

    private int stride(int room) {
        int stride = strideOption == null ? room : strideOption;
        if (stride < 1 || stride > room) {
            throw new UsageException("a stride of " + stride + " tokens: use 1 to " + room + ", the text in a window");
        }
        return stride;
    }

    private void tell(int done, int total, Perplexity soFar) {
        console.interruption().check();
        long now = System.nanoTime();
        if (now - said > 2_000_000_000L && done < total) {
            said = now;
            console.say(String.format(Locale.ROOT, "window %d of %d, %.4f so far", done, total, soFar.value()));
        }
    }

    private void write(Perplexity result, int tokens, int window, int stride) {
        if (json) {
            Json.println(console, out -> {
                out.writeStartObject();
                Json.number(out, "perplexity", result.value());
                Json.number(out, "mean_negative_log_likelihood", result.meanSurprise());
                out.writeNumberField("tokens", tokens);
                out.writeNumberField("scored", result.scored());
                out.writeNumberField("windows", result.windows());
                out.writeNumberField("window", window);
                out.writeNumberField("stride", stride);
                out.writeEndObject();
            });
        } else {
            console.println(String.format(Locale.ROOT, "%.6f", result.value()));
            console.say(String.format(
                    Locale.ROOT,
                    "%d of %d tokens scored in %d windows of up to %d, stride %d; %.6f nats a token",
                    result.scored(),
                    tokens,
                    result.windows(),
                    window,
                    stride,
                    result.meanSurprise()));
        }
    }
}
