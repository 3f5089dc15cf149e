package bitnet.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** A message a line; a line that ends with a backslash goes on in the next. */
final class LineInput implements ChatInput {
    private final BufferedReader reader;

    LineInput(InputStream in) {
        this.reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    }

    @Override
    public Optional<String> read() throws IOException {
        String line = reader.readLine();
        if (line == null) {
            return Optional.empty();
        }
        StringBuilder message = new StringBuilder();
        while (line != null && line.endsWith("\\")) {
            message.append(line, 0, line.length() - 1).append('\n');
            line = reader.readLine();
        }
        return Optional.of(message.append(line == null ? "" : line).toString());
    }

    @Override
    public void onInterrupt(Runnable action) {}

    @Override
    public void close() {}
}
