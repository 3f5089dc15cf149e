package bitnet.cli;

import bitnet.Embedding;
import bitnet.EmbeddingModel;
import bitnet.EmbeddingOptions;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Vectors of texts. */
@Command(
        name = "embed",
        description = {
            "Computes the embedding vector of a text, or of each of many.",
            "Writes a JSON document for each text, with the vector and the number of tokens."
        })
final class EmbedCommand implements Callable<Integer> {
    /** Lines that are embedded together; there may be any number. */
    private static final int LINES = 1024;

    private final Console console;

    @Mixin
    private final ModelOptions modelOptions = new ModelOptions();

    @Mixin
    private final EmbeddingChoices choices = new EmbeddingChoices();

    @Option(
            names = "--tokens",
            paramLabel = "IDS",
            description =
                    "Embed exactly these token ids, separated by commas, in place of a text. No other tokens are added.")
    private @Nullable String tokens;

    @Option(names = "--jsonl", description = "Read texts from standard input, one JSON string per line.")
    private boolean jsonLines;

    /** How vectors are written. */
    enum Format {
        JSON,
        NPY
    }

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "json (the default), or npy: write a NumPy array, float32 [texts, dimensions], to --output.")
    private Format format = Format.JSON;

    /** How a vector's dimensions are written. */
    enum Numbers {
        FLOAT,
        INT8,
        BINARY
    }

    @Option(
            names = "--numbers",
            paramLabel = "TYPE",
            description =
                    "float (the default), int8, or binary: one bit for each dimension, eight of them in a number from 0 to 255.")
    private Numbers numbers = Numbers.FLOAT;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "F.npy",
            description = "The file for --format npy. An existing file is replaced when the new one is complete.")
    private @Nullable Path output;

    @Parameters(
            paramLabel = "TEXT",
            arity = "0..*",
            description = "The text; words are joined by spaces. Without it, or if it is -, standard input is read.")
    private List<String> text = new ArrayList<>();

    EmbedCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        check();
        EmbeddingOptions options = choices.options(console.interruption());
        try (EmbeddingModel model = modelOptions.loadEmbedding(console, tokens != null)) {
            if (format == Format.NPY) {
                writeArray(all(model, options));
            } else if (jsonLines) {
                var lines = new JsonStrings(console);
                for (List<String> next = lines.next(LINES); !next.isEmpty(); next = lines.next(LINES)) {
                    embed(model, next, options).forEach(this::writeJson);
                }
            } else {
                all(model, options).forEach(this::writeJson);
            }
        }
        return ExitCode.OK.code();
    }

    private void check() {
        if (jsonLines && !text.isEmpty() && !text.equals(List.of("-"))) {
            throw new UsageException("--jsonl reads standard input: leave out the text");
        }
        if (tokens != null && (jsonLines || !text.isEmpty() || choices.prompt != null || choices.promptName != null)) {
            throw new UsageException("--tokens stands in place of a text and its prompt: leave out the others");
        }
        if ((format == Format.NPY) != (output != null)) {
            throw new UsageException("--format npy and --output go together");
        }
        if (format == Format.NPY && numbers != Numbers.FLOAT) {
            throw new UsageException("--numbers is for JSON: an npy file has floats");
        }
    }

    private List<Embedding> all(EmbeddingModel model, EmbeddingOptions options) throws IOException {
        if (tokens != null) {
            int[] ids = TokenIds.parse(tokens, model.info().vocabulary());
            if (ids.length == 0) {
                throw new UsageException("--tokens is empty: give at least one id");
            }
            return List.of(embed(() -> model.embed(ids, options)));
        }
        if (jsonLines) {
            List<Embedding> embeddings = new ArrayList<>();
            var lines = new JsonStrings(console);
            for (List<String> next = lines.next(LINES); !next.isEmpty(); next = lines.next(LINES)) {
                embeddings.addAll(embed(model, next, options));
            }
            return embeddings;
        }
        return embed(model, List.of(Input.text(text, console)), options);
    }

    private static List<Embedding> embed(EmbeddingModel model, List<String> texts, EmbeddingOptions options) {
        return embed(() -> model.embed(texts, options));
    }

    /** What does not suit the model is the user's mistake. */
    static <T> T embed(Supplier<T> call) {
        try {
            return call.get();
        } catch (IllegalArgumentException e) {
            throw OptionNames.usage(e, null);
        }
    }

    private void writeJson(Embedding embedding) {
        Json.println(console, json -> {
            json.writeStartObject();
            json.writeArrayFieldStart("embedding");
            write(json, embedding);
            json.writeEndArray();
            json.writeNumberField("tokens", embedding.tokens());
            json.writeBooleanField("truncated", embedding.truncated());
            json.writeEndObject();
        });
    }

    private void write(JsonGenerator json, Embedding embedding) throws IOException {
        switch (numbers) {
            case FLOAT -> {
                for (float value : embedding.vector()) {
                    json.writeNumber(value);
                }
            }
            case INT8 -> {
                for (byte code : embedding.int8()) {
                    json.writeNumber(code);
                }
            }
            case BINARY -> {
                for (byte bits : embedding.binary()) {
                    json.writeNumber(bits & 0xFF);
                }
            }
        }
    }

    private void writeArray(List<Embedding> embeddings) throws IOException {
        int columns = embeddings.isEmpty() ? 0 : embeddings.getFirst().vector().length;
        Path target = Objects.requireNonNull(output);
        try (NpyFile file = new NpyFile(target, embeddings.size(), columns)) {
            for (Embedding embedding : embeddings) {
                file.write(embedding.vector());
            }
            file.finish();
        }
        console.say(target + ": float32 [" + embeddings.size() + ", " + columns + "]");
    }
}
