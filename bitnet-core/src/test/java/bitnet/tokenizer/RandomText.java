package bitnet.tokenizer;

import java.util.SplittableRandom;

/** Seeded text of all kinds: words, digits, white space, scripts, emoji, and any code point. */
final class RandomText {
    private static final String[] PARTS = {
        "a",
        "the",
        "The",
        "HELLO",
        "x",
        "'s",
        "'S",
        "'\u017F",
        "'LL",
        "'re",
        "'v",
        "'",
        "1",
        "23",
        "4567",
        "\u0663\u0664",
        "\u00BD",
        "\u2163",
        " ",
        "  ",
        "   ",
        "\n",
        "\r",
        "\r\n",
        "\t",
        "\u000B",
        "\f",
        "\u0085",
        "\u00A0",
        "\u2003",
        "\u2028",
        "\u3000",
        "\u200B",
        "\u001C",
        "\uFEFF",
        "!",
        "?!",
        "...",
        "-",
        "_",
        "\"",
        "<",
        "|>",
        "<|",
        "(",
        "$",
        "\u20AC",
        "\u00E9",
        "e\u0301",
        "\u00DF",
        "\u0130",
        "\u4F60\u597D",
        "\uC548\uB155",
        "\u0928\u092E\u0938\u094D",
        "\u0645\u0631",
        "\uD835\uDD18",
        "\uD83E\uDD8A",
        "\uD83D\uDC68\u200D\uD83D\uDC69",
        "\u2581",
        "\u0120",
        "\u0000",
        "\u007F",
        "\uFFFD"
    };

    private RandomText() {}

    static String of(SplittableRandom random, int parts) {
        var text = new StringBuilder();
        for (int i = random.nextInt(parts + 1); i > 0; i--) {
            if (random.nextInt(8) == 0) {
                int c = random.nextInt(Character.MAX_CODE_POINT + 1);
                text.appendCodePoint(Character.getType(c) == Character.SURROGATE ? 'q' : c);
            } else if (random.nextInt(4) == 0) {
                for (int n = random.nextInt(12); n > 0; n--) {
                    text.append((char) ('a' + random.nextInt(26)));
                }
            } else {
                text.append(PARTS[random.nextInt(PARTS.length)]);
            }
        }
        return text.toString();
    }
}
