package bitnet.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Text from arguments or standard input. */
final class Input {
    private Input() {}

    /** The words joined by spaces; if they are none or a single {@code -}, standard input without its last line end. */
    static String text(List<String> words, Console console) throws IOException {
        boolean standardInput = words.isEmpty() || words.equals(List.of("-"));
        return standardInput ? standardInput(console) : String.join(" ", words);
    }

    private static String standardInput(Console console) throws IOException {
        String text;
        try {
            text = new String(console.interruption().idle(console.in()::readAllBytes), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IOException("standard input cannot be read: " + e.getMessage(), e);
        }
        if (text.endsWith("\r\n")) {
            return text.substring(0, text.length() - 2);
        }
        return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    }
}
