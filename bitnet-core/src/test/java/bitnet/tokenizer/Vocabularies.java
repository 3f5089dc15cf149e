package bitnet.tokenizer;

import bitnet.JsonResource;
import bitnet.tokenizer.TokenizerSpec.Kind;
import bitnet.tokenizer.TokenizerSpec.TokenType;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPInputStream;

/** Real vocabularies to test with. */
public final class Vocabularies {
    private Vocabularies() {}

    /**
     * Llama 3's: 128,000 byte sequences by rank, as its authors publish them, and 256 special tokens. The merges are the
     * ways in which two tokens make a third, by the third's rank, then by the first's.
     */
    public static TokenizerSpec llama3() {
        var tokens = new ArrayList<String>();
        try (InputStream in = Vocabularies.class.getResourceAsStream("llama3.ranks.gz");
                var data = new DataInputStream(new GZIPInputStream(in))) {
            for (int length = data.read(); length >= 0; length = data.read()) {
                var token = new StringBuilder();
                for (byte b : data.readNBytes(length)) {
                    token.append(ByteAlphabet.charOf(b));
                }
                tokens.add(token.toString());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Map<String, Integer> ids = new HashMap<>();
        for (String token : tokens) {
            ids.put(token, ids.size());
        }
        var merges = new ArrayList<String>();
        for (String token : tokens) {
            var ways = new ArrayList<Integer>();
            for (int cut = 1; cut < token.length(); cut++) {
                if (ids.containsKey(token.substring(0, cut)) && ids.containsKey(token.substring(cut))) {
                    ways.add(cut);
                }
            }
            ways.sort(Comparator.comparing(cut -> ids.get(token.substring(0, cut))));
            ways.forEach(cut -> merges.add(token.substring(0, cut) + " " + token.substring(cut)));
        }
        int ordinary = tokens.size();
        tokens.addAll(List.of("<|begin_of_text|>", "<|end_of_text|>"));
        for (int reserved = 0; tokens.size() < ordinary + 256; ) {
            switch (tokens.size() - ordinary) {
                case 6 -> tokens.add("<|start_header_id|>");
                case 7 -> tokens.add("<|end_header_id|>");
                case 9 -> tokens.add("<|eot_id|>");
                default -> tokens.add("<|reserved_special_token_" + reserved++ + "|>");
            }
        }
        return byteLevel("llama3", tokens, ordinary, merges, true, 128000, 128001, Set.of(128001, 128009));
    }

    /** The tokens of all bytes, in order. */
    public static List<String> bytes() {
        var tokens = new ArrayList<String>();
        for (int b = 0; b < 256; b++) {
            tokens.add(String.valueOf(ByteAlphabet.charOf(b)));
        }
        return tokens;
    }

    /** The demo model's. */
    public static TokenizerSpec demo() {
        var json = (Map<?, ?>) JsonResource.read(Vocabularies.class, "demo_vocab.json");
        int ordinary = ((Long) json.get("ordinary")).intValue();
        return byteLevel(
                "demo",
                strings(json.get("tokens")),
                ordinary,
                strings(json.get("merges")),
                false,
                1810,
                1812,
                Set.of(1812));
    }

    /** A small SentencePiece vocabulary with byte fallback. */
    public static TokenizerSpec sentencePiece() {
        var tokens = new ArrayList<String>();
        var types = new ArrayList<TokenType>();
        var pieces = JsonResource.objects(Vocabularies.class, "spm_vocab.json");
        float[] scores = new float[pieces.size()];
        for (var piece : pieces) {
            scores[tokens.size()] = ((Number) piece.get("score")).floatValue();
            tokens.add((String) piece.get("piece"));
            types.add(TokenType.valueOf(piece.get("type").toString().toUpperCase(Locale.ROOT)));
        }
        return new TokenizerSpec(
                "spm", Kind.SENTENCEPIECE, tokens, types, List.of(), scores, null, false, 1, 2, Set.of(2), true, true);
    }

    private static TokenizerSpec byteLevel(
            String source,
            List<String> tokens,
            int ordinary,
            List<String> merges,
            boolean ignoreMerges,
            int bos,
            int eos,
            Set<Integer> endOfGeneration) {
        var types = new ArrayList<>(Collections.nCopies(tokens.size(), TokenType.CONTROL));
        Collections.fill(types.subList(0, ordinary), TokenType.NORMAL);
        return new TokenizerSpec(
                source,
                Kind.BYTE_LEVEL_BPE,
                tokens,
                types,
                merges,
                new float[0],
                PreTokenizer.LLAMA3,
                ignoreMerges,
                bos,
                eos,
                endOfGeneration,
                true,
                false);
    }

    @SuppressWarnings("unchecked")
    private static List<String> strings(Object list) {
        return (List<String>) list;
    }
}
