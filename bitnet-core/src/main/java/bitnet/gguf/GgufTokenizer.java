package bitnet.gguf;

import bitnet.ModelFormatException;
import bitnet.ModelUnsupportedException;
import bitnet.tokenizer.EndOfGeneration;
import bitnet.tokenizer.PreTokenizer;
import bitnet.tokenizer.TokenizerSpec;
import bitnet.tokenizer.TokenizerSpec.Kind;
import bitnet.tokenizer.TokenizerSpec.TokenType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads the vocabulary from the metadata {@code tokenizer.ggml.*}. */
final class GgufTokenizer {
    private static final String PREFIX = "tokenizer.ggml.";

    private final String source;
    private final GgufMetadata metadata;

    private GgufTokenizer(GgufFile file) {
        this.source = file.source();
        this.metadata = file.metadata();
    }

    static TokenizerSpec read(GgufFile file) {
        return new GgufTokenizer(file).read();
    }

    private TokenizerSpec read() {
        Kind kind = kind();
        List<String> tokens = array("tokens").strings();
        List<TokenType> types = types(tokens.size());
        boolean bytes = kind == Kind.BYTE_LEVEL_BPE;
        PreTokenizer preTokenizer = bytes ? preTokenizer(tokens) : null;
        int bos = token("bos_token_id", tokens.size()).orElse(bytes ? -1 : control(tokens, types, "<s>"));
        int eos = token("eos_token_id", tokens.size()).orElse(bytes ? -1 : control(tokens, types, "</s>"));
        boolean addBos = flag("add_bos_token").orElse(!bytes || preTokenizer == PreTokenizer.LLAMA3) && bos >= 0;
        return new TokenizerSpec(
                source,
                kind,
                tokens,
                types,
                bytes ? array("merges").strings() : List.of(),
                bytes ? new float[0] : scores(tokens.size()),
                preTokenizer,
                preTokenizer == PreTokenizer.LLAMA3,
                bos,
                eos,
                ends(tokens, types, eos),
                addBos,
                !bytes && flag("add_space_prefix").orElse(true),
                flag("add_eos_token").orElse(false) && eos >= 0,
                preTokenizer == PreTokenizer.QWEN2 || preTokenizer == PreTokenizer.QWEN35);
    }

    private Kind kind() {
        String model = metadata.text(PREFIX + "model").orElseThrow(() -> metadata.problem(PREFIX + "model", "missing"));
        return switch (model) {
            case "gpt2" -> Kind.BYTE_LEVEL_BPE;
            case "llama" -> Kind.SENTENCEPIECE;
            default ->
                throw new ModelUnsupportedException(
                        source,
                        "a tokenizer of model " + model
                                + "; gpt2 (byte-level BPE) and llama (SentencePiece BPE) are read");
        };
    }

    /** ggml's ids 1 to 6, in order; a file without types has ordinary tokens only. */
    private List<TokenType> types(int size) {
        Optional<GgufArray> stored = metadata.array(PREFIX + "token_type");
        TokenType[] types = new TokenType[size];
        Arrays.fill(types, TokenType.NORMAL);
        stored.ifPresent(array -> {
            requireSize("token_type", array.size(), size);
            int[] ids = array.ints();
            TokenType[] all = TokenType.values();
            for (int i = 0; i < size; i++) {
                // 0 is "undefined".
                if (ids[i] < 0 || ids[i] > all.length) {
                    throw metadata.problem(PREFIX + "token_type", "token " + i + " has type " + ids[i]);
                }
                types[i] = ids[i] == 0 ? TokenType.NORMAL : all[ids[i] - 1];
            }
        });
        return List.of(types);
    }

    private float[] scores(int size) {
        float[] scores = array("scores").floats();
        requireSize("scores", scores.length, size);
        for (int i = 0; i < size; i++) {
            if (Float.isNaN(scores[i])) {
                throw metadata.problem(PREFIX + "scores", "token " + i + " has score NaN");
            }
        }
        return scores;
    }

    private PreTokenizer preTokenizer(List<String> tokens) {
        String name = metadata.text(PREFIX + "pre").orElse("default");
        return switch (name) {
            // Falcon 3, Falcon-E and others are cut as Llama 3 is, each under its own name.
            case "llama-bpe",
                    "llama3",
                    "llama-v3",
                    "falcon3",
                    "falcon_e",
                    "falcon-e",
                    "falcon-h1",
                    "falcon_h1",
                    "lfm2",
                    "pixtral",
                    "midm-2.0" -> PreTokenizer.LLAMA3;
            case "qwen2" -> PreTokenizer.QWEN2;
            case "qwen35" -> PreTokenizer.QWEN35;
            case "gpt-2", "gpt2" -> PreTokenizer.GPT2;
            // What converters write, or leave out, when they do not know; all BitNet models with this kind have Llama
            // 3's.
            case "default" -> {
                if (isBitNet() || tokens.contains("<|begin_of_text|>")) {
                    yield PreTokenizer.LLAMA3;
                }
                throw new ModelUnsupportedException(
                        source,
                        "tokenizer.ggml.pre is missing, and neither the architecture nor the vocabulary tells how to cut text; convert"
                                + " the model again with a converter that writes it");
            }
            default ->
                throw new ModelUnsupportedException(
                        source,
                        "tokenizer.ggml.pre is " + name
                                + ", a way to cut text that is unknown here; known are llama-bpe (also llama3, falcon3, falcon_e,"
                                + " falcon-h1, lfm2, pixtral, midm-2.0), qwen2, qwen35 and gpt-2");
        };
    }

    private boolean isBitNet() {
        return metadata.text("general.architecture").orElse("").startsWith("bitnet");
    }

    private Set<Integer> ends(List<String> tokens, List<TokenType> types, int eos) {
        List<Integer> declared = new ArrayList<>();
        declared.add(eos);
        for (String key : new String[] {"eot_token_id", "eom_token_id"}) {
            token(key, tokens.size()).ifPresent(declared::add);
        }
        return EndOfGeneration.of(tokens, types, declared);
    }

    /** The id of a declared token, if any; -1 as uint32 means none. */
    private Optional<Integer> token(String name, int size) {
        if (metadata.values().get(PREFIX + name) instanceof GgufValue.Int none
                && (none.value() == -1 || none.value() == 0xFFFFFFFFL)) {
            return Optional.empty();
        }
        return metadata.integer(PREFIX + name, 0, size - 1);
    }

    private static int control(List<String> tokens, List<TokenType> types, String name) {
        int id = tokens.indexOf(name);
        return id >= 0 && types.get(id) == TokenType.CONTROL ? id : -1;
    }

    private GgufArray array(String name) {
        return metadata.array(PREFIX + name).orElseThrow(() -> metadata.problem(PREFIX + name, "missing"));
    }

    private Optional<Boolean> flag(String name) {
        return metadata.flag(PREFIX + name);
    }

    private void requireSize(String name, int size, int tokens) {
        if (size != tokens) {
            throw new ModelFormatException(source, PREFIX + name, size + " elements for " + tokens + " tokens");
        }
    }
}
