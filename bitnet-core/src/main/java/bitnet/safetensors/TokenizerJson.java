package bitnet.safetensors;

import bitnet.ModelUnsupportedException;
import bitnet.json.JsonReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code tokenizer.json}, as it stands: the format of the Hugging Face library tokenizers.
 *
 * @param source the file
 * @param vocabulary from spelling to id
 * @param merges {@code left right}, best first
 * @param unknown the spelling of the unknown token, if there is one
 * @param byteFallback whether characters without a token become the tokens of their bytes
 * @param ignoreMerges whether a piece that is a token is taken before merges
 * @param added tokens that are matched in text as a whole
 * @param normalizer what is done to text first: as {@link JsonReader#value} gives it
 * @param preTokenizer how text is cut
 * @param postProcessor what is put around the tokens
 */
record TokenizerJson(
        String source,
        Map<String, Integer> vocabulary,
        List<String> merges,
        @Nullable String unknown,
        boolean byteFallback,
        boolean ignoreMerges,
        List<Added> added,
        @Nullable Object normalizer,
        @Nullable Object preTokenizer,
        @Nullable Object postProcessor) {

    /** Four times the largest released vocabulary. */
    static final int MAX_TOKENS = 1 << 20;

    private static final int MAX_MERGES = 1 << 21;
    private static final int MAX_ADDED = 1 << 17;

    /** A token outside of the model's vocabulary, or raised above the rest of it. */
    record Added(int id, String content, boolean special) {}

    static TokenizerJson read(Path file) {
        try (JsonReader in = JsonReader.open(file)) {
            return read(in);
        }
    }

    /** Reads a document that {@code in} stands on. */
    static TokenizerJson read(JsonReader in) {
        return new Reader(in).read();
    }

    private static final class Reader {
        private final JsonReader in;
        private final Map<String, Integer> vocabulary = new HashMap<>();
        private final List<String> merges = new ArrayList<>();
        private final List<Added> added = new ArrayList<>();
        private @Nullable String type;
        private @Nullable String unknown;
        private boolean byteFallback;
        private boolean ignoreMerges;
        private @Nullable Object normalizer;
        private @Nullable Object preTokenizer;
        private @Nullable Object postProcessor;

        Reader(JsonReader in) {
            this.in = in;
        }

        TokenizerJson read() {
            boolean hasModel = false;
            in.beginObject();
            for (String field = in.nextField(); field != null; field = in.nextField()) {
                switch (field) {
                    case "added_tokens" -> readAdded();
                    case "normalizer" -> normalizer = in.value();
                    case "pre_tokenizer" -> preTokenizer = in.value();
                    case "post_processor" -> postProcessor = in.value();
                    case "model" -> {
                        hasModel = true;
                        readModel();
                    }
                    default -> in.skip();
                }
            }
            in.end();
            if (!hasModel) {
                throw in.error("no model, expected one of type BPE");
            }
            return new TokenizerJson(
                    in.source(),
                    vocabulary,
                    merges,
                    unknown,
                    byteFallback,
                    ignoreMerges,
                    added,
                    normalizer,
                    preTokenizer,
                    postProcessor);
        }

        private void readModel() {
            in.beginObject();
            for (String field = in.nextField(); field != null; field = in.nextField()) {
                switch (field) {
                    case "type" -> {
                        type = in.string();
                        refuseOtherModels();
                    }
                    case "vocab" -> readVocabulary();
                    case "merges" -> readMerges();
                    case "unk_token" -> unknown = in.isNull() ? null : in.string();
                    case "byte_fallback" -> byteFallback = !in.isNull() && in.bool();
                    case "ignore_merges" -> ignoreMerges = !in.isNull() && in.bool();
                    case "continuing_subword_prefix", "end_of_word_suffix" -> {
                        if (!in.isNull() && !in.string().isEmpty()) {
                            throw unsupported("BPE with a " + field);
                        }
                    }
                    default -> in.skip();
                }
            }
        }

        private void refuseOtherModels() {
            if (!"BPE".equals(type)) {
                throw unsupported("a tokenizer model of type " + type);
            }
        }

        private void readVocabulary() {
            if (!in.isObject()) {
                throw unsupported(
                        "a tokenizer model whose vocabulary is a list (" + (type == null ? "Unigram" : type) + ")");
            }
            in.beginObject();
            for (String token = in.nextField(); token != null; token = in.nextField()) {
                vocabulary.put(token, in.integer(0, MAX_TOKENS - 1));
                if (vocabulary.size() > MAX_TOKENS) {
                    throw in.error("more than " + MAX_TOKENS + " tokens");
                }
            }
        }

        private void readMerges() {
            in.beginArray();
            while (in.nextElement()) {
                if (merges.size() == MAX_MERGES) {
                    throw in.error("more than " + MAX_MERGES + " merges");
                }
                merges.add(in.isString() ? in.string() : pair());
            }
        }

        /** Newer files write a merge as a list of two. */
        private String pair() {
            List<String> two = new ArrayList<>(2);
            in.beginArray();
            while (in.nextElement()) {
                String token = in.string();
                if (two.size() == 2 || token.indexOf(' ') >= 0) {
                    throw in.error("a merge that is not two tokens without spaces");
                }
                two.add(token);
            }
            if (two.size() != 2) {
                throw in.error("a merge of " + two.size() + " tokens, expected 2");
            }
            return two.get(0) + ' ' + two.get(1);
        }

        private void readAdded() {
            in.beginArray();
            while (in.nextElement()) {
                if (added.size() == MAX_ADDED) {
                    throw in.error("more than " + MAX_ADDED + " added tokens");
                }
                added.add(readOneAdded());
            }
        }

        private Added readOneAdded() {
            int id = -1;
            String content = null;
            boolean special = false;
            in.beginObject();
            for (String field = in.nextField(); field != null; field = in.nextField()) {
                switch (field) {
                    case "id" -> id = in.integer(0, MAX_TOKENS - 1);
                    case "content" -> content = in.string();
                    case "special" -> special = in.bool();
                    case "single_word", "lstrip", "rstrip" -> {
                        if (in.bool()) {
                            throw unsupported("added token " + content + " with " + field);
                        }
                    }
                    default -> in.skip();
                }
            }
            if (id < 0 || content == null) {
                throw in.error("an added token without id or content");
            }
            return new Added(id, content, special);
        }

        private ModelUnsupportedException unsupported(String what) {
            return new ModelUnsupportedException(in.source(), what + " is not supported");
        }
    }
}
