package bitnet.safetensors;

import bitnet.ModelFormatException;
import bitnet.tokenizer.EndOfGeneration;
import bitnet.tokenizer.TokenizerSpec;
import bitnet.tokenizer.TokenizerSpec.Kind;
import bitnet.tokenizer.TokenizerSpec.TokenType;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Puts a vocabulary together from {@code tokenizer.json} and from what the other files say about its special tokens. */
final class HuggingFaceTokenizer {
    private final TokenizerJson json;
    private final @Nullable String[] tokens;
    private final TokenType[] types;

    private HuggingFaceTokenizer(TokenizerJson json, int rows) {
        this.json = json;
        int size = size(json, rows);
        this.tokens = new String[size];
        this.types = new TokenType[size];
        Arrays.fill(types, TokenType.UNUSED);
        addVocabulary();
        addAdded();
        fillHoles();
    }

    /**
     * The vocabulary.
     *
     * @param rows rows of the embedding, up to which the vocabulary is filled; 0 if unknown
     * @param bos begin-of-text token that other files name, or -1
     * @param eos tokens that end an answer, as other files name them, the best known first
     */
    static TokenizerSpec read(TokenizerJson json, TokenizerConfig config, int rows, int bos, Collection<Integer> eos) {
        return new HuggingFaceTokenizer(json, rows).spec(config, bos, eos);
    }

    private TokenizerSpec spec(TokenizerConfig config, int bosElsewhere, Collection<Integer> eosElsewhere) {
        TokenizerPipeline pipeline = TokenizerPipeline.of(json);
        boolean sentencePiece = pipeline.kind() == Kind.SENTENCEPIECE;
        if (sentencePiece) {
            markUnknownAndBytes();
        }
        List<String> spellings = Collections.unmodifiableList(Arrays.asList(tokens));
        List<TokenType> kinds = Collections.unmodifiableList(Arrays.asList(types));
        int bos = id(pipeline.bos());
        bos = bos >= 0 ? bos : id(config.bos());
        bos = bos >= 0 ? bos : bosElsewhere < tokens.length ? bosElsewhere : -1;
        Set<Integer> ends = new LinkedHashSet<>();
        int end = id(pipeline.eos());
        ends.add(end);
        ends.add(id(config.eos()));
        ends.addAll(eosElsewhere);
        ends.removeIf(id -> id < 0 || id >= tokens.length);
        boolean addBos = config.addBos() == null ? pipeline.bos() != null : config.addBos();
        float @Nullable [] scores = sentencePiece ? SentencePieceScores.of(json, spellings, kinds) : null;
        boolean addEos = config.addEos() == null ? end >= 0 : config.addEos();
        return new TokenizerSpec(
                json.source(),
                pipeline.kind(),
                spellings,
                kinds,
                scores == null ? Collections.unmodifiableList(json.merges()) : List.of(),
                scores == null ? new float[0] : scores,
                pipeline.preTokenizer(),
                json.ignoreMerges(),
                bos,
                ends.isEmpty() ? -1 : ends.iterator().next(),
                EndOfGeneration.of(spellings, kinds, ends),
                addBos && bos >= 0,
                pipeline.addSpacePrefix(),
                addEos && !ends.isEmpty(),
                pipeline.normalized());
    }

    /** An added token beyond the embedding could not be fed to the model: it is left out. */
    private static int size(TokenizerJson json, int rows) {
        int size =
                json.vocabulary().values().stream().mapToInt(id -> id + 1).max().orElse(0);
        if (rows == 0) {
            return json.added().stream().mapToInt(added -> added.id() + 1).reduce(size, Math::max);
        }
        if (size > rows) {
            throw new ModelFormatException(
                    json.source(), "model/vocab", "token id " + (size - 1) + ", but the model has " + rows + " tokens");
        }
        return rows;
    }

    private void addVocabulary() {
        json.vocabulary().forEach((spelling, id) -> {
            if (tokens[id] != null) {
                throw new ModelFormatException(
                        json.source(),
                        "model/vocab",
                        "\"" + spelling + "\" and \"" + tokens[id] + "\" have the id " + id);
            }
            tokens[id] = spelling;
            types[id] = TokenType.NORMAL;
        });
    }

    private void addAdded() {
        for (TokenizerJson.Added added : json.added()) {
            int id = added.id();
            if (id >= tokens.length) {
                continue;
            }
            boolean other = tokens[id] != null && !added.content().equals(tokens[id]);
            if (other || json.vocabulary().getOrDefault(added.content(), id) != id) {
                throw new ModelFormatException(
                        json.source(),
                        "added_tokens",
                        "\"" + added.content() + "\" with id " + id + " contradicts another token");
            }
            tokens[id] = added.content();
            types[id] = added.special() ? TokenType.CONTROL : TokenType.USER_DEFINED;
        }
    }

    private void fillHoles() {
        for (int id = 0; id < tokens.length; id++) {
            if (tokens[id] == null) {
                tokens[id] = "[PAD" + id + "]";
            }
        }
    }

    private void markUnknownAndBytes() {
        int unknown = id(json.unknown());
        if (unknown >= 0) {
            types[unknown] = TokenType.UNKNOWN;
        }
        for (int b = 0; b < 256; b++) {
            int id = id(String.format("<0x%02X>", b));
            if (id >= 0) {
                types[id] = TokenType.BYTE;
            }
        }
    }

    /** The id of a token by its spelling; -1 if there is none. */
    private int id(@Nullable String spelling) {
        Integer id = json.vocabulary().get(spelling);
        if (id == null && spelling != null) {
            for (TokenizerJson.Added added : json.added()) {
                if (added.content().equals(spelling)) {
                    id = added.id();
                }
            }
        }
        return id == null || id >= tokens.length ? -1 : id;
    }
}
