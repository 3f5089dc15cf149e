package bitnet.cli;

import bitnet.tokenizer.Tokenizer;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Text to tokens, and back. */
@Command(
        name = "tokenize",
        description = {
            "Writes the tokens of a text as ids, or with --decode the text of ids.",
            "Needs the vocabulary only: a GGUF file without weights will do."
        })
final class TokenizeCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    private final VocabularyOptions vocabulary = new VocabularyOptions();

    @Option(names = "--decode", description = "Read TEXT as ids, separated by spaces or commas, and write their text.")
    private boolean decode;

    @Option(
            names = "--special",
            description =
                    "Take the spelling of a control token, such as <|eot_id|>, for that token; write control tokens out.")
    private boolean special;

    @Option(names = "--bos", description = "Begin with the begin-of-text token if the model wants one.")
    private boolean bos;

    @Option(
            names = "--jsonl",
            description =
                    "Read one JSON string per line and write one JSON array of ids per line; with --decode the reverse.")
    private boolean jsonLines;

    @Parameters(
            paramLabel = "TEXT",
            arity = "0..*",
            description = "The text; words are joined by spaces. Without it, or if it is -, standard input is read.")
    private List<String> text = new ArrayList<>();

    TokenizeCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        if (jsonLines && !text.isEmpty() && !text.equals(List.of("-"))) {
            throw new UsageException("--jsonl reads standard input: leave out the text");
        }
        Tokenizer tokenizer = vocabulary.tokenizer(console);
        int vocabularySize = tokenizer.spec().tokens().size();
        if (jsonLines) {
            lines(tokenizer, vocabularySize);
        } else if (decode) {
            console.println(tokenizer.decode(TokenIds.parse(Input.text(text, console), vocabularySize), special));
        } else {
            console.println(Arrays.stream(encode(tokenizer, Input.text(text, console)))
                    .mapToObj(String::valueOf)
                    .collect(Collectors.joining(" ")));
        }
        return ExitCode.OK.code();
    }

    private int[] encode(Tokenizer tokenizer, String text) {
        int[] ids = tokenizer.encode(text, special);
        return bos ? tokenizer.spec().withEnds(ids) : ids;
    }

    private void lines(Tokenizer tokenizer, int vocabularySize) throws IOException {
        var reader = new BufferedReader(new InputStreamReader(console.in(), StandardCharsets.UTF_8));
        int number = 0;
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            number++;
            if (line.isBlank()) {
                continue;
            }
            try (JsonParser json = Json.factory().createParser(line)) {
                if (decode) {
                    String decoded = tokenizer.decode(TokenIds.check(idArray(json), vocabularySize), special);
                    Json.println(console, out -> out.writeString(decoded));
                } else {
                    int[] ids = encode(tokenizer, string(json));
                    Json.println(console, out -> out.writeArray(ids, 0, ids.length));
                }
            } catch (JsonProcessingException e) {
                throw new UsageException(
                        "line " + number + " of standard input is not "
                                + (decode ? "a JSON array of ids" : "a JSON string") + ": " + e.getOriginalMessage(),
                        e);
            }
        }
    }

    private static String string(JsonParser json) throws IOException {
        expect(json, json.nextToken(), JsonToken.VALUE_STRING);
        String value = json.getText();
        expect(json, json.nextToken(), null);
        return value;
    }

    private static int[] idArray(JsonParser json) throws IOException {
        expect(json, json.nextToken(), JsonToken.START_ARRAY);
        IntStream.Builder ids = IntStream.builder();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            expect(json, json.currentToken(), JsonToken.VALUE_NUMBER_INT);
            ids.add(json.getIntValue());
        }
        expect(json, json.nextToken(), null);
        return ids.build().toArray();
    }

    private static void expect(JsonParser json, @Nullable JsonToken found, @Nullable JsonToken expected)
            throws IOException {
        if (found != expected) {
            throw new JsonParseException(
                    json,
                    "found "
                            + (found == null ? "the line's end" : found.asString() == null ? found : found.asString()));
        }
    }
}
