package bitnet.constraint;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Answers to a constraint over a small vocabulary: all single bytes, and pieces of text that cross every border. */
final class Answers {
    /** The token that ends an answer. */
    static final int END = 256;

    private static final List<String> PIECES = List.of(
            "{\"",
            "\":",
            "\": \"",
            "\",",
            "\"}",
            "\", \"",
            "true",
            "false",
            "null",
            "12",
            "00",
            "-1",
            "1.5",
            ".0",
            "e5",
            "[[",
            "]]",
            "],",
            "[]",
            "{}",
            "ab",
            "hello",
            " world",
            "é",
            "日本",
            "\\n",
            "\\u00",
            "\\\"",
            "name",
            "\"name\"",
            "\"a",
            "b\"",
            "},{",
            " ",
            "  ",
            "\n");

    static final TokenTrie VOCABULARY = vocabulary();

    private final CompiledConstraint constraint;
    private final Random random;

    Answers(TokenConstraint constraint, long seed) {
        this.constraint = constraint.compile(VOCABULARY);
        this.random = new Random(seed);
    }

    private static TokenTrie vocabulary() {
        List<byte[]> bytes = new ArrayList<>();
        for (int b = 0; b < 256; b++) {
            bytes.add(new byte[] {(byte) b});
        }
        bytes.add(new byte[0]);
        PIECES.forEach(piece -> bytes.add(piece.getBytes(StandardCharsets.UTF_8)));
        return new TokenTrie(bytes, Set.of(END));
    }

    /** Whether the constraint takes exactly this text. */
    static boolean takes(TokenConstraint constraint, String text) {
        Follower follower = constraint.compile(VOCABULARY).follow();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            if (!follower.allows(b & 0xFF)) {
                return false;
            }
            follower.accept(b & 0xFF);
        }
        return follower.mayEnd() && follower.allows(END);
    }

    /** A random answer, which comes to its end: after some tokens, the way of the fewest allowed tokens is taken. */
    String random() {
        Follower follower = constraint.follow();
        var text = new ByteArrayOutputStream();
        for (int length = 0; length < 4000; length++) {
            if (follower.mustEnd()) {
                return text.toString(StandardCharsets.UTF_8);
            }
            int token = choose(follower, length);
            if (token == END) {
                return text.toString(StandardCharsets.UTF_8);
            }
            follower.accept(token);
            text.writeBytes(VOCABULARY.bytes(token));
        }
        throw new AssertionError(
                "no end: " + text.toString(StandardCharsets.UTF_8).substring(0, 200));
    }

    private int choose(Follower follower, int length) {
        long[] allowed = follower.allowed();
        int count = 0;
        int chosen = -1;
        for (int token = 0; token < VOCABULARY.vocabulary(); token++) {
            if ((allowed[token >> 6] >>> token & 1) != 0) {
                boolean ends = token == END || "\"]}".indexOf((char) token) >= 0 && token < 128;
                if (length > 60 && ends && random.nextInt(3) == 0) {
                    return token;
                }
                // not much of control characters and half characters, which are most of the single bytes
                int weight = token < 256 && token >= 128 ? 1 : 8;
                count += weight;
                if (random.nextInt(count) < weight) {
                    chosen = token;
                }
            }
        }
        if (chosen < 0) {
            throw new AssertionError("a dead end");
        }
        return chosen;
    }
}
