package bitnet.cli;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Standard input with a JSON string a line; blank lines are passed over. */
final class JsonStrings {
    private final BufferedReader reader;
    private int number;

    JsonStrings(Console console) {
        reader = new BufferedReader(new InputStreamReader(console.in(), StandardCharsets.UTF_8));
    }

    /**
     * The next strings, at most so many; none at the end.
     *
     * @throws UsageException if a line is no JSON string
     */
    List<String> next(int most) throws IOException {
        List<String> strings = new ArrayList<>();
        while (strings.size() < most) {
            String line = reader.readLine();
            if (line == null) {
                break;
            }
            number++;
            if (!line.isBlank()) {
                strings.add(parse(line));
            }
        }
        return strings;
    }

    private String parse(String line) throws IOException {
        try (JsonParser json = Json.factory().createParser(line)) {
            if (json.nextToken() == JsonToken.VALUE_STRING) {
                String value = json.getText();
                if (json.nextToken() == null) {
                    return value;
                }
            }
            throw new UsageException("line " + number + " of standard input is not a JSON string");
        } catch (JsonProcessingException e) {
            throw new UsageException(
                    "line " + number + " of standard input is not a JSON string: " + e.getOriginalMessage(), e);
        }
    }
}
