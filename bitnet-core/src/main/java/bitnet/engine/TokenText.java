package bitnet.engine;

import bitnet.tokenizer.StreamDecoder;
import java.util.List;

/** The text of tokens as they come: whole characters, up to a stop string. */
final class TokenText {
    private final StreamDecoder decoder;
    private final int vocabulary;
    private final StopText stop;

    /**
     * @param decoder decodes the tokens
     * @param vocabulary tokens that have a text; a model's embedding may be longer
     * @param stops the stop strings
     */
    TokenText(StreamDecoder decoder, int vocabulary, List<String> stops) {
        this.decoder = decoder;
        this.vocabulary = vocabulary;
        this.stop = new StopText(stops);
    }

    /** What becomes certain with a token. */
    String next(int token) {
        return token < vocabulary ? stop.push(decoder.next(token)) : "";
    }

    /** Whether the text has reached a stop string. */
    boolean stopped() {
        return stop.found();
    }

    /** What had been held back, at the end. */
    String finish() {
        return stop.push(decoder.finish()) + stop.finish();
    }
}
