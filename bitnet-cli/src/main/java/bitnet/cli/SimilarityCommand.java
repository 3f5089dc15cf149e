package bitnet.cli;

import bitnet.Embedding;
import bitnet.EmbeddingModel;
import bitnet.EmbeddingOptions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Which of some texts is nearest to another. */
@Command(
        name = "similarity",
        description = {
            "Compares texts with a query. Writes the cosine similarity of each text on a line of its own, the nearest text first.",
            "A prompt (--prompt-name, --prompt) is for the query; texts get the model's prompt named document, if it has one."
        })
final class SimilarityCommand implements Callable<Integer> {
    private static final String DOCUMENT = "document";

    private final Console console;

    @Mixin
    private final ModelOptions modelOptions = new ModelOptions();

    @Mixin
    private final EmbeddingChoices choices = new EmbeddingChoices();

    @Option(names = "--json", description = "Write one JSON document.")
    private boolean json;

    @Parameters(index = "0", paramLabel = "QUERY", description = "The text to compare with.")
    private String query = "";

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "TEXT", description = "The texts to compare.")
    private List<String> texts = new ArrayList<>();

    SimilarityCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        EmbeddingOptions options = choices.options(console.interruption());
        try (EmbeddingModel model = modelOptions.loadEmbedding(console, false)) {
            Embedding wanted = EmbedCommand.embed(() -> model.embed(query, options));
            EmbeddingOptions ofTexts = options.withPrompt(model.prompts().getOrDefault(DOCUMENT, ""));
            double[] similarities = EmbedCommand.embed(() -> model.embed(texts, ofTexts)).stream()
                    .mapToDouble(wanted::similarity)
                    .toArray();
            List<Integer> order = IntStream.range(0, texts.size())
                    .boxed()
                    .sorted(Comparator.comparingDouble(i -> -similarities[i]))
                    .toList();
            write(order, similarities);
        }
        return ExitCode.OK.code();
    }

    private void write(List<Integer> order, double[] similarities) {
        if (!json) {
            order.forEach(i -> console.println(String.format(Locale.ROOT, "%.4f  %s", similarities[i], texts.get(i))));
            return;
        }
        Json.println(console, out -> {
            out.writeStartArray();
            for (int i : order) {
                out.writeStartObject();
                out.writeNumberField("index", i);
                out.writeNumberField("similarity", similarities[i]);
                out.writeStringField("text", texts.get(i));
                out.writeEndObject();
            }
            out.writeEndArray();
        });
    }
}
