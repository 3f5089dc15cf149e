package bitnet.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.BitNetException;
import bitnet.JsonResource;
import bitnet.ModelFormatException;
import bitnet.ModelUnsupportedException;
import bitnet.json.JsonReader;
import bitnet.tokenizer.PreTokenizer;
import bitnet.tokenizer.Tokenizer;
import bitnet.tokenizer.TokenizerSpec;
import bitnet.tokenizer.TokenizerSpec.Kind;
import bitnet.tokenizer.TokenizerSpec.TokenType;
import bitnet.tokenizer.Vocabularies;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HuggingFaceTokenizerTest {
    private static final String LLAMA3 = """
            {"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?\\\\p{L}+|\\\\p{N}{1,3}| ?[^\\\\s\\\\p{L}\\\\p{N}]+[\\\\r\\\\n]*|\\\\s*[\\\\r\\\\n]+|\\\\s+(?!\\\\S)|\\\\s+"},"behavior":"Isolated","invert":false},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}]}""";
    private static final String GPT2 = "{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"use_regex\":true}";
    private static final String SPACES =
            "{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"Prepend\",\"prepend\":\"▁\"},"
                    + "{\"type\":\"Replace\",\"pattern\":{\"String\":\" \"},\"content\":\"▁\"}]}";

    private static TokenizerSpec read(String json, TokenizerConfig config, int rows, Integer... eos) {
        TokenizerJson parsed =
                TokenizerJson.read(JsonReader.of("tokenizer.json", json.getBytes(StandardCharsets.UTF_8)));
        return HuggingFaceTokenizer.read(parsed, config, rows, -1, List.of(eos));
    }

    private static TokenizerSpec read(String json) {
        return read(json, TokenizerConfig.NONE, 0);
    }

    /** A byte-level vocabulary: a, b, ab and what else is given. */
    private static String small(String preTokenizer, String added, String more) {
        return "{\"added_tokens\":[" + added + "],\"normalizer\":null,\"pre_tokenizer\":" + preTokenizer
                + ",\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":1,\"ab\":2},\"merges\":[\"a b\"]}" + more
                + "}";
    }

    private static String added(int id, String content, boolean special) {
        return "{\"id\":%d,\"content\":\"%s\",\"single_word\":false,\"lstrip\":false,\"rstrip\":false,\"special\":%b}"
                .formatted(id, content, special);
    }

    private static String template(String parts) {
        return ",\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[" + parts + "]}";
    }

    @Test
    void theDemoModelsVocabularyGivesTheReferencesIds() {
        try (HuggingFaceModel model = HuggingFaceModel.open(HuggingFaceModelTest.resource("demo-model"))) {
            TokenizerSpec spec = model.tokenizer();
            assertThat(spec.kind()).isEqualTo(Kind.BYTE_LEVEL_BPE);
            assertThat(spec.preTokenizer()).isEqualTo(PreTokenizer.LLAMA3);
            assertThat(spec.tokens()).hasSize(2048);
            assertThat(spec.merges()).hasSize(1554).startsWith("Ġ a", "Ġ t", "h e");
            assertThat(spec.bos()).isEqualTo(1810);
            assertThat(spec.eos()).isEqualTo(1812);
            assertThat(spec.endOfGeneration()).containsExactly(1811, 1812);
            assertThat(spec.addBos()).isTrue();
            assertThat(spec.types().get(1809)).isEqualTo(TokenType.NORMAL);
            assertThat(spec.types().get(1810)).isEqualTo(TokenType.CONTROL);
            compare(spec, "demo_shared.json", true);
        }
    }

    /** Llama 3's tokenizer.json, made of its ranks: both ways to write merges. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void llama3(boolean pairs) {
        TokenizerSpec vocabulary = Vocabularies.llama3();
        int ordinary = vocabulary.types().indexOf(TokenType.CONTROL);
        StringJoiner added = new StringJoiner(",");
        for (int id = ordinary; id < vocabulary.tokens().size(); id++) {
            added.add(added(id, vocabulary.tokens().get(id), true));
        }
        String json = "{\"added_tokens\":[" + added + "],\"normalizer\":null,\"pre_tokenizer\":" + LLAMA3
                + ",\"post_processor\":{\"type\":\"Sequence\",\"processors\":[{\"type\":\"ByteLevel\"},"
                + "{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{\"id\":\"<|begin_of_text|>\"}},"
                + "{\"Sequence\":{\"id\":\"A\"}}]}]},\"model\":{\"type\":\"BPE\",\"ignore_merges\":true,"
                + model(vocabulary.tokens().subList(0, ordinary), vocabulary.merges(), pairs) + "}}";
        TokenizerSpec spec = read(json, new TokenizerConfig(null, "<|end_of_text|>", null, null, null), 128256, 128009);
        assertThat(spec.tokens()).isEqualTo(vocabulary.tokens());
        assertThat(spec.types()).isEqualTo(vocabulary.types());
        assertThat(spec.merges()).isEqualTo(vocabulary.merges());
        assertThat(spec.ignoreMerges()).isTrue();
        assertThat(spec.bos()).isEqualTo(128000);
        assertThat(spec.eos()).isEqualTo(128001);
        assertThat(spec.endOfGeneration()).containsExactly(128001, 128009);
        compare(spec, "llama3_shared.json", true);
    }

    /** A SentencePiece model as transformers converts it: merges instead of scores. */
    @Test
    void sentencePieceComesBackFromItsMerges() {
        TokenizerSpec vocabulary = Vocabularies.sentencePiece();
        TokenizerSpec spec = read(sentencePiece(vocabulary));
        assertThat(spec.kind()).isEqualTo(Kind.SENTENCEPIECE);
        assertThat(spec.tokens()).isEqualTo(vocabulary.tokens());
        assertThat(spec.types()).isEqualTo(vocabulary.types());
        assertThat(spec.addSpacePrefix()).isTrue();
        assertThat(spec.addBos()).isTrue();
        assertThat(spec.bos()).isEqualTo(1);
        assertThat(spec.endOfGeneration()).containsExactly(2);
        compare(spec, "spm_shared.json", false);
    }

    @Test
    void metaspaceIsTheNewerWayToSayTheSame() {
        TokenizerSpec vocabulary = Vocabularies.sentencePiece();
        String metaspace =
                "{\"type\":\"Metaspace\",\"replacement\":\"▁\",\"prepend_scheme\":\"always\",\"split\":false}";
        List<String> merges = mergesOf(vocabulary);
        compare(read(sentencePiece(vocabulary, merges, "null", metaspace)), "spm_shared.json", false);
        assertThat(read(sentencePiece(vocabulary, merges, "null", metaspace.replace("always", "never")))
                        .addSpacePrefix())
                .isFalse();
        for (String other : List.of(metaspace.replace("false", "true"), metaspace.replace("always", "first"))) {
            assertThatThrownBy(() -> read(sentencePiece(vocabulary, merges, "null", other)))
                    .isInstanceOf(ModelUnsupportedException.class)
                    .hasMessageContaining("Metaspace");
        }
    }

    /** A list of merges can say what scores cannot. */
    @Test
    void mergesThatAreNoScoresAreKept() {
        TokenizerSpec vocabulary = Vocabularies.sentencePiece();
        List<String> missing = mergesOf(vocabulary);
        String taken = missing.remove(missing.size() / 2);
        TokenizerSpec spec = read(sentencePiece(vocabulary, missing, SPACES, "null"));
        assertThat(spec.merges()).isEqualTo(missing).doesNotContain(taken);
        assertThat(spec.scores()).isEmpty();
        List<String> torn = mergesOf(vocabulary);
        int at = 0;
        while (!made(torn.get(at)).equals(made(torn.get(at + 1)))) {
            at++;
        }
        torn.add(torn.remove(at));
        assertThat(read(sentencePiece(vocabulary, torn, SPACES, "null")).merges())
                .isEqualTo(torn);
    }

    /** Joined by rank, all merges give what the scores give. */
    @Test
    void mergesByRankAgreeWithScores() {
        TokenizerSpec vocabulary = Vocabularies.sentencePiece();
        TokenizerSpec scored = read(sentencePiece(vocabulary));
        var ranked = new TokenizerSpec(
                "ranked",
                Kind.SENTENCEPIECE,
                scored.tokens(),
                scored.types(),
                mergesOf(vocabulary),
                new float[0],
                null,
                false,
                scored.bos(),
                scored.eos(),
                scored.endOfGeneration(),
                scored.addBos(),
                scored.addSpacePrefix());
        compare(ranked, "spm_shared.json", false);
    }

    @Test
    void gpt2CutsByItself() {
        TokenizerSpec spec = read(small(GPT2, "", ""));
        assertThat(spec.preTokenizer()).isEqualTo(PreTokenizer.GPT2);
        assertThat(spec.addBos()).isFalse();
        assertThat(spec.bos()).isEqualTo(-1);
        assertThat(spec.eos()).isEqualTo(-1);
    }

    @Test
    void otherPatternsAreRefusedByName() {
        String two = LLAMA3.replace("{1,3}", "{1,2}");
        assertThatThrownBy(() -> read(small(two, "", "")))
                .isInstanceOf(ModelUnsupportedException.class)
                .hasMessageStartingWith("tokenizer.json: ")
                .hasMessageContaining("the pre-tokenizer's pattern (?i:'s|'t|'re|'ve|'m|'ll|'d)|");
        assertThat(read(small(LLAMA3, "", "")).preTokenizer()).isEqualTo(PreTokenizer.LLAMA3);
        assertThat(read(small(LLAMA3.replace("{1,3}", ""), "", "")).preTokenizer())
                .isEqualTo(PreTokenizer.QWEN2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "null                                                              | neither byte-level nor has byte_fallback",
                "{\"type\":\"Whitespace\"}                                         | neither byte-level nor has byte_fallback",
                "{\"type\":\"ByteLevel\",\"add_prefix_space\":true}                | add_prefix_space",
                "{\"type\":\"ByteLevel\"}                                          | add_prefix_space",
                "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Digits\"},{\"type\":\"ByteLevel\",\"add_prefix_space\":false}]} | [Digits, ByteLevel]",
                "{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"use_regex\":false} | [ByteLevel]",
                "{\"pretokenizers\":[]}                                            | a tokenizer component without a type",
                "7                                                                 | a tokenizer component without a type",
            })
    void otherPreTokenizersAreRefused(String preTokenizer, String problem) {
        assertThatThrownBy(() -> read(small(preTokenizer, "", "")))
                .isInstanceOf(ModelUnsupportedException.class)
                .hasMessageContaining(problem.strip());
    }

    @Test
    void normalizersOtherThanNfcAreRefused() {
        String nfc = small(GPT2, "", "").replace("\"normalizer\":null", "\"normalizer\":{\"type\":\"NFC\"}");
        assertThat(read(nfc).normalized()).isTrue();
        assertThatThrownBy(() -> read(nfc.replace("NFC", "NFKC")))
                .isInstanceOf(ModelUnsupportedException.class)
                .hasMessageContaining("normalizer [NFKC]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Unigram", "WordPiece"})
    void otherModelsAreRefused(String type) {
        assertThatThrownBy(() -> read(small(GPT2, "", "").replace("BPE", type)))
                .isInstanceOf(ModelUnsupportedException.class)
                .hasMessageContaining("a tokenizer model of type " + type);
        assertThatThrownBy(() -> read("{\"model\":{\"vocab\":[[\"a\",-1.5]]}}"))
                .isInstanceOf(ModelUnsupportedException.class)
                .hasMessageContaining("Unigram");
    }

    @Test
    void whatIsPutAroundATextIsItsBeginning() {
        String bos = "{\"SpecialToken\":{\"id\":\"<s>\",\"type_id\":0}}";
        String text = "{\"Sequence\":{\"id\":\"A\",\"type_id\":0}}";
        String added = added(3, "<s>", true);
        TokenizerSpec spec = read(small(GPT2, added, template(bos + "," + text)));
        assertThat(spec.bos()).isEqualTo(3);
        assertThat(spec.addBos()).isTrue();
        assertThat(read(small(GPT2, added, template(text))).addBos()).isFalse();
        assertThat(read(small(GPT2, added, template(text)), new TokenizerConfig("<s>", null, true, null, null), 0)
                        .addBos())
                .isTrue();
        assertThat(read(
                                small(GPT2, added, template(bos + "," + text)),
                                new TokenizerConfig(null, null, false, null, null),
                                0)
                        .addBos())
                .isFalse();
        TokenizerSpec ended = read(small(GPT2, added, template(text + "," + bos)));
        assertThat(ended.addEos()).isTrue();
        assertThat(ended.eos()).isEqualTo(3);
        for (String other : List.of(text + "," + text, bos + "," + bos + "," + text, "", "7", bos)) {
            assertThatThrownBy(() -> read(small(GPT2, added, template(other))))
                    .as(other)
                    .isInstanceOf(ModelUnsupportedException.class)
                    .hasMessageContaining("a post-processor with the template");
        }
        assertThatThrownBy(() -> read(small(GPT2, added, ",\"post_processor\":{\"type\":\"BertProcessing\"}")))
                .isInstanceOf(ModelUnsupportedException.class)
                .hasMessageContaining("the post-processor BertProcessing");
    }

    @Test
    void addedTokensAreControlOrUserDefined() {
        TokenizerSpec spec = read(small(GPT2, added(5, "<tool>", false) + "," + added(3, "</s>", true), ""));
        assertThat(spec.tokens()).containsExactly("a", "b", "ab", "</s>", "[PAD4]", "<tool>");
        assertThat(spec.types())
                .containsExactly(
                        TokenType.NORMAL,
                        TokenType.NORMAL,
                        TokenType.NORMAL,
                        TokenType.CONTROL,
                        TokenType.UNUSED,
                        TokenType.USER_DEFINED);
        assertThat(spec.endOfGeneration()).containsExactly(3);
    }

    @Test
    void theVocabularyIsAsLongAsTheEmbedding() {
        assertThat(read(small(GPT2, "", ""), TokenizerConfig.NONE, 6).tokens())
                .containsExactly("a", "b", "ab", "[PAD3]", "[PAD4]", "[PAD5]");
        assertThat(read(small(GPT2, added(3, "<pad>", true), ""), TokenizerConfig.NONE, 3)
                        .tokens())
                .containsExactly("a", "b", "ab");
        assertThatThrownBy(() -> read(small(GPT2, "", ""), TokenizerConfig.NONE, 2))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("token id 2, but the model has 2 tokens");
    }

    @Test
    void endsAreThoseThatAreDeclaredAndThoseKnownByName() {
        String added = added(3, "<|eot_id|>", true) + "," + added(4, "<end>", true) + "," + added(5, "<stop>", true);
        TokenizerSpec spec =
                read(small(GPT2, added, ""), new TokenizerConfig(null, "<end>", null, null, null), 0, 5, 9999);
        assertThat(spec.eos()).isEqualTo(4);
        assertThat(spec.endOfGeneration()).containsExactly(3, 4, 5);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"ab\":2   | \"ab\":1                    | have the id 1",
                "\"ab\":2   | \"ab\":-1                   | expected a whole number from 0",
                "\"ab\":2   | \"ab\":99999999             | expected a whole number from 0",
                "\"ab\":2   | \"a\":2                     | Duplicate field",
                "\"a b\"    | [\"a\"]                     | a merge of 1 tokens",
                "\"a b\"    | [\"a\",\"b\",\"c\"]         | a merge that is not two tokens",
                "\"a b\"    | [\"a \",\"b\"]              | a merge that is not two tokens",
                "\"a b\"    | 7                           | found a number",
                "\"BPE\"    | 7                           | found a number, expected a string",
                "\"model\"  | \"modem\"                   | no model",
            })
    void contradictionsAreRefused(String what, String by, String problem) {
        assertThatThrownBy(() -> read(small(GPT2, "", "").replace(what, by)))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageStartingWith("tokenizer.json: ")
                .hasMessageContaining(problem);
    }

    @Test
    void addedTokensMayNotContradictTheVocabulary() {
        for (String added :
                List.of(added(1, "x", true), added(5, "ab", true), added(3, "x", true) + "," + added(3, "y", true))) {
            assertThatThrownBy(() -> read(small(GPT2, added, "")))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContaining("contradicts another token");
        }
        assertThat(read(small(GPT2, added(2, "ab", false), "")).types().get(2)).isEqualTo(TokenType.USER_DEFINED);
        assertThatThrownBy(() ->
                        read(small(GPT2, added(3, "<mask>", true).replace("\"lstrip\":false", "\"lstrip\":true"), "")))
                .isInstanceOf(ModelUnsupportedException.class)
                .hasMessageContaining("added token <mask> with lstrip");
    }

    @Test
    void aVocabularyWithoutItsBytesIsNoTokenizer() {
        TokenizerSpec spec = read(small(GPT2, "", ""));
        assertThatThrownBy(() -> Tokenizer.of(spec)).isInstanceOf(BitNetException.class);
    }

    /** A SentencePiece vocabulary as transformers' converter writes it. */
    static String sentencePiece(TokenizerSpec vocabulary) {
        return sentencePiece(vocabulary, mergesOf(vocabulary), SPACES, "null");
    }

    private static String sentencePiece(TokenizerSpec v, List<String> merges, String normalizer, String preTokenizer) {
        return "{\"added_tokens\":[" + added(0, "<unk>", true) + "," + added(1, "<s>", true) + ","
                + added(2, "</s>", true)
                + "],\"normalizer\":" + normalizer + ",\"pre_tokenizer\":" + preTokenizer
                + template("{\"SpecialToken\":{\"id\":\"<s>\"}},{\"Sequence\":{\"id\":\"A\"}}")
                + ",\"model\":{\"type\":\"BPE\",\"unk_token\":\"<unk>\",\"fuse_unk\":true,\"byte_fallback\":true,"
                + model(v.tokens(), merges, false) + "}}";
    }

    /** Every way in which two tokens make a third, by the third's score: what transformers' converter writes. */
    private static List<String> mergesOf(TokenizerSpec vocabulary) {
        List<String> tokens = vocabulary.tokens();
        List<Integer> byScore = new ArrayList<>();
        for (int id = 0; id < tokens.size(); id++) {
            if (vocabulary.types().get(id) == TokenType.NORMAL) {
                byScore.add(id);
            }
        }
        byScore.sort(Comparator.comparing(id -> -vocabulary.scores()[id]));
        List<String> merges = new ArrayList<>();
        for (int id : byScore) {
            String token = tokens.get(id);
            for (int cut = 1; cut < token.length(); cut++) {
                if (tokens.contains(token.substring(0, cut)) && tokens.contains(token.substring(cut))) {
                    merges.add(token.substring(0, cut) + " " + token.substring(cut));
                }
            }
        }
        return merges;
    }

    private static String made(String merge) {
        return merge.replace(" ", "");
    }

    private static String model(List<String> tokens, List<String> merges, boolean pairs) {
        StringBuilder json = new StringBuilder("\"vocab\":{");
        for (int id = 0; id < tokens.size(); id++) {
            json.append(id == 0 ? "" : ",")
                    .append(quoted(tokens.get(id)))
                    .append(':')
                    .append(id);
        }
        json.append("},\"merges\":[");
        for (int i = 0; i < merges.size(); i++) {
            String merge = quoted(merges.get(i));
            json.append(i == 0 ? "" : ",").append(pairs ? "[" + merge.replace(" ", "\",\"") + "]" : merge);
        }
        return json.append(']').toString();
    }

    private static String quoted(String text) {
        return '"'
                + text.replace("\\", "\\\\")
                        .replace("\"", "\\\"")
                        .replace("\n", "\\n")
                        .replace("\t", "\\t")
                + '"';
    }

    /** Encodes and decodes every case of a file of reference outputs. */
    static void compare(TokenizerSpec spec, String cases, boolean special) {
        Tokenizer tokenizer = Tokenizer.of(spec);
        List<Map<String, Object>> all = JsonResource.objects(Vocabularies.class, cases);
        assertThat(all).isNotEmpty();
        for (var one : all) {
            String text = (String) one.get("text");
            int[] ids = ((List<?>) one.get("ids"))
                    .stream().mapToInt(id -> ((Long) id).intValue()).toArray();
            assertThat(tokenizer.encode(text, special)).as(text).isEqualTo(ids);
            assertThat(tokenizer.decode(ids, special)).as(text).isEqualTo(one.get("decoded"));
        }
    }
}
