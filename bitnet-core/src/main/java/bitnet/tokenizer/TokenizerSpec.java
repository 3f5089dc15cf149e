package bitnet.tokenizer;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A vocabulary as files describe it: what GGUF metadata and {@code tokenizer.json} have in common.
 *
 * @param source the file, for messages
 * @param kind the algorithm
 * @param tokens by id; in the byte-level alphabet of GPT-2 for {@link Kind#BYTE_LEVEL_BPE}, with U+2581 for a space for
 *     {@link Kind#SENTENCEPIECE}
 * @param types by id; as long as {@code tokens}
 * @param merges {@code left right}, best first; for SentencePiece only where scores do not say the same
 * @param scores by id; SentencePiece without merges only, else empty
 * @param preTokenizer how text is cut before merging; byte-level BPE only, else null
 * @param ignoreMerges a piece that is a token as a whole is taken as it is, before merges
 * @param bos begin-of-text token, or -1
 * @param eos end-of-text token, or -1
 * @param endOfGeneration every token that ends an answer: those the file declares, and those known by name
 * @param addBos whether an encoded prompt begins with {@code bos}
 * @param addSpacePrefix whether text gets a leading space; SentencePiece only
 * @param addEos whether a whole text, as embedding models read it, ends with {@code eos}
 * @param normalized whether text is brought into Unicode's composed form (NFC) first
 */
public record TokenizerSpec(
        String source,
        Kind kind,
        List<String> tokens,
        List<TokenType> types,
        List<String> merges,
        float[] scores,
        @Nullable PreTokenizer preTokenizer,
        boolean ignoreMerges,
        int bos,
        int eos,
        Set<Integer> endOfGeneration,
        boolean addBos,
        boolean addSpacePrefix,
        boolean addEos,
        boolean normalized) {
    /** A vocabulary without an end token for texts and without normalisation. */
    public TokenizerSpec(
            String source,
            Kind kind,
            List<String> tokens,
            List<TokenType> types,
            List<String> merges,
            float[] scores,
            @Nullable PreTokenizer preTokenizer,
            boolean ignoreMerges,
            int bos,
            int eos,
            Set<Integer> endOfGeneration,
            boolean addBos,
            boolean addSpacePrefix) {
        this(
                source,
                kind,
                tokens,
                types,
                merges,
                scores,
                preTokenizer,
                ignoreMerges,
                bos,
                eos,
                endOfGeneration,
                addBos,
                addSpacePrefix,
                false,
                false);
    }

    /** The tokens of a text, with those around them that the file asks for. */
    public int[] withEnds(int[] tokens) {
        int before = addBos ? 1 : 0;
        int[] whole = new int[before + tokens.length + (addEos ? 1 : 0)];
        System.arraycopy(tokens, 0, whole, before, tokens.length);
        if (addBos) {
            whole[0] = bos;
        }
        if (addEos) {
            whole[whole.length - 1] = eos;
        }
        return whole;
    }

    /** What is left when a tokenizer has read the merges: Llama 3's are 16 MB of strings. */
    TokenizerSpec withoutMerges() {
        return new TokenizerSpec(
                source,
                kind,
                tokens,
                types,
                List.of(),
                scores,
                preTokenizer,
                ignoreMerges,
                bos,
                eos,
                endOfGeneration,
                addBos,
                addSpacePrefix,
                addEos,
                normalized);
    }

    /** The algorithm of a tokenizer. */
    public enum Kind {
        /** Merges over the bytes of UTF-8 (GPT-2, Llama 3). */
        BYTE_LEVEL_BPE,
        /** Merges by score over characters, bytes where a character is unknown (Llama 2). */
        SENTENCEPIECE
    }

    /** What a token is (ggml's {@code token_type}). */
    public enum TokenType {
        NORMAL,
        UNKNOWN,
        /** Special: never produced from plain text, invisible in decoded text. */
        CONTROL,
        /** Added by the user: matched in text as a whole, visible in decoded text. */
        USER_DEFINED,
        UNUSED,
        /** A single byte, written {@code <0xNN>}. */
        BYTE
    }
}
