package bitnet.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.BitNetException;
import bitnet.Watchdog;
import bitnet.json.JsonReader;
import bitnet.tensor.StoredBytes;
import bitnet.tokenizer.TokenizerSpec;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Damaged files are refused with a typed exception, or make a model; nothing else happens. The seeds are fixed. */
@Timeout(300)
class HuggingFaceFuzzTest {
    private static final int CASES = 40_000;
    private static final Watchdog WATCHDOG = new Watchdog(Duration.ofSeconds(5), 16 << 20);

    /** What mutations write into JSON. */
    private static final String[] FRAGMENTS = {
        "null",
        "true",
        "false",
        "0",
        "-1",
        "1",
        "2",
        "255",
        "4294967296",
        "9223372036854775807",
        "-9223372036854775808",
        "18446744073709551616",
        "1e308",
        "1e309",
        "1e-320",
        "0.5",
        "\"\"",
        "\"x\"",
        "{}",
        "[]",
        "[0]",
        "{\"a\":1}",
        "[[[[",
        "]]",
        "}",
        "{",
        ",",
        ":",
        "\"",
        "\\",
        "\\u0000",
        "\\ud800",
        "\u2581",
        "\"type\":\"Sequence\",",
        "\"BPE\"",
        "\"I64\"",
        "\"F4\"",
        "\"bitnet\"",
        "\"lm_head\"",
        "\"rope_scaling\":{\"type\":\"llama3\"},",
        "\"shape\":[],",
        "\"data_offsets\":[0,0],"
    };

    @TempDir
    static Path directory;

    private interface Reader {
        void read(byte[] bytes);
    }

    @Test
    void headers() {
        byte[] whole = new SafetensorsBuilder()
                .addHeader("\"__metadata__\":{\"format\":\"pt\"}")
                .add("a", "F32", "[2, 2]", new byte[16])
                .add("b", "BF16", "[3]", new byte[6])
                .add("c.weight", "U8", "[2, 4]", new byte[8])
                .add("c.weight_scale", "BF16", "[1]", new byte[2])
                .build();
        fuzz(1, CASES, whole, file -> {
            SafetensorsHeader header = SafetensorsFile.parse("f", StoredBytes.of(MemorySegment.ofArray(file)));
            long bytes = 0;
            for (StoredTensor tensor : header.tensors().values()) {
                bytes += tensor.data().copy().toArray(ValueLayout.JAVA_BYTE).length;
            }
            assertThat(bytes).isLessThan(file.length);
        });
    }

    /** Headers whose length fits after every damage, so that the JSON is reached. */
    @Test
    void headersOfTheRightLength() {
        byte[] whole = """
                {"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},
                "b":{"dtype":"BF16","shape":[3],"data_offsets":[16,22]}}""".getBytes(StandardCharsets.UTF_8);
        fuzz(
                2,
                CASES,
                whole,
                json -> SafetensorsHeader.parse("f", json, StoredBytes.of(MemorySegment.ofArray(new byte[22]))));
    }

    @Test
    void configurations() throws IOException {
        byte[] llama = """
                {"architectures":["LlamaForCausalLM"],"hidden_size":64,"intermediate_size":128,"num_hidden_layers":2,
                "num_attention_heads":4,"num_key_value_heads":2,"head_dim":16,"vocab_size":100,"rms_norm_eps":1e-05,
                "hidden_act":"silu","rope_theta":500000.0,"rope_scaling":{"factor":8.0,"low_freq_factor":1.0,
                "high_freq_factor":4.0,"original_max_position_embeddings":8192,"rope_type":"llama3"},"eos_token_id":[1,2],
                "quantization_config":{"quant_method":"bitnet","modules_to_not_convert":["lm_head"]}}""".getBytes(StandardCharsets.UTF_8);
        byte[] gemma = """
                {"architectures":["Gemma3TextModel"],"hidden_size":64,"intermediate_size":128,"num_hidden_layers":3,"head_dim":16,
                "num_attention_heads":4,"num_key_value_heads":2,"vocab_size":100,"hidden_activation":"gelu_pytorch_tanh",
                "query_pre_attn_scalar":16,"sliding_window":5,"sliding_window_pattern":2,"layer_types":["sliding_attention",
                "full_attention","sliding_attention"],"rope_parameters":{"full_attention":{"rope_theta":1e6,"rope_type":"default"},
                "sliding_attention":{"rope_theta":1e4,"rope_type":"default"}},"rope_local_base_freq":10000.0,
                "use_bidirectional_attention":false}""".getBytes(StandardCharsets.UTF_8);
        fuzz(8, CASES / 2, gemma, json -> HuggingFaceConfig.read(JsonReader.of("f", json), "name"));
        byte[] demo = Files.readAllBytes(HuggingFaceModelTest.resource("demo-model/config.json"));
        fuzz(3, CASES * 3 / 4, llama, json -> HuggingFaceConfig.read(JsonReader.of("f", json), "name"));
        fuzz(4, CASES / 4, demo, json -> HuggingFaceConfig.read(JsonReader.of("f", json), "name"));
    }

    @Test
    void filesOfSentenceTransformers() throws IOException {
        String folder = "families/tiny-bitnet-embedding-qwen3/";
        byte[] modules = Files.readAllBytes(HuggingFaceModelTest.resource(folder + "modules.json"));
        fuzz(9, CASES / 8, modules, json -> SentenceTransformers.modules(JsonReader.of("f", json)));
        byte[] pooling = Files.readAllBytes(HuggingFaceModelTest.resource(folder + "1_Pooling/config.json"));
        fuzz(10, CASES / 8, pooling, json -> SentenceTransformers.pooling(JsonReader.of("f", json)));
        byte[] prompts =
                Files.readAllBytes(HuggingFaceModelTest.resource(folder + "config_sentence_transformers.json"));
        fuzz(11, CASES / 8, prompts, json -> SentenceTransformers.prompts(JsonReader.of("f", json)));
    }

    @Test
    void smallerFiles() throws IOException {
        byte[] generation = Files.readAllBytes(HuggingFaceModelTest.resource("demo-model/generation_config.json"));
        fuzz(5, CASES / 4, generation, json -> GenerationConfig.read(JsonReader.of("f", json)));
        byte[] tokenizer = Files.readAllBytes(HuggingFaceModelTest.resource("demo-model/tokenizer_config.json"));
        fuzz(6, CASES / 4, tokenizer, json -> TokenizerConfig.read(JsonReader.of("f", json)));
        byte[] index =
                "{\"metadata\":{\"total_size\":12},\"weight_map\":{\"a\":\"x.safetensors\",\"b\":\"y.safetensors\"}}"
                        .getBytes(StandardCharsets.UTF_8);
        fuzz(
                7,
                CASES / 4,
                index,
                json -> assertThat(
                                Checkpoint.readIndex(JsonReader.of("f", json)).values())
                        .allMatch(name ->
                                directory.resolve(name).normalize().getParent().equals(directory)));
    }

    @Test
    void tokenizers() {
        byte[] byteLevel = """
                {"added_tokens":[{"id":4,"content":"<s>","single_word":false,"lstrip":false,"special":true}],"normalizer":null,
                "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"use_regex":true},"post_processor":{"type":
                "TemplateProcessing","single":[{"SpecialToken":{"id":"<s>"}},{"Sequence":{"id":"A"}}]},"model":{"type":"BPE",
                "unk_token":null,"ignore_merges":true,"vocab":{"a":0,"b":1,"ab":2,"aba":3},"merges":["a b",["ab","a"]]}}""".getBytes(StandardCharsets.UTF_8);
        byte[] sentencePiece = """
                {"added_tokens":[{"id":0,"content":"<unk>","special":true},{"id":1,"content":"<s>","special":true}],
                "normalizer":{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":
                {"String":" "},"content":"▁"}]},"pre_tokenizer":null,"model":{"type":"BPE","unk_token":"<unk>",
                "byte_fallback":true,"vocab":{"<unk>":0,"<s>":1,"<0x0A>":2,"▁":3,"a":4,"▁a":5},"merges":["▁ a"]}}""".getBytes(StandardCharsets.UTF_8);
        fuzz(8, CASES / 2, byteLevel, HuggingFaceFuzzTest::tokenize);
        fuzz(9, CASES / 2, sentencePiece, HuggingFaceFuzzTest::tokenize);
    }

    private static void tokenize(byte[] json) {
        TokenizerJson tokenizer = TokenizerJson.read(JsonReader.of("f", json));
        if (tokenizer.vocabulary().values().stream().allMatch(id -> id < 1000)) {
            TokenizerSpec spec = HuggingFaceTokenizer.read(tokenizer, TokenizerConfig.NONE, 1000, -1, List.of(7));
            if (spec.tokens().contains(null) || spec.types().contains(null)) {
                throw new AssertionError("a hole");
            }
        }
    }

    /** Cuts at every length and at every byte a change, then many changes at once. */
    private static void fuzz(long seed, int cases, byte[] whole, Reader reader) {
        reader.read(whole.clone()); // the whole file is fine, or damage would show nothing
        for (int length = 0; length < whole.length; length++) {
            attempt(reader, Arrays.copyOf(whole, length), "cut at " + length);
        }
        Random random = new Random(seed);
        int accepted = 0;
        for (int i = 0; i < cases; i++) {
            accepted += attempt(reader, damage(whole, random), "case " + i + " of seed " + seed) ? 1 : 0;
        }
        // Some damage hides in names and spaces; if all did, or none, the damage would not be of the right kind.
        assertThat(accepted).as("accepted of " + cases).isBetween(cases / 1000, cases * 3 / 4);
    }

    private static boolean attempt(Reader reader, byte[] bytes, String what) {
        try {
            WATCHDOG.run(() -> what, () -> reader.read(bytes));
            return true;
        } catch (BitNetException e) {
            if (!e.getMessage().startsWith("f: ")) {
                throw new AssertionError(what, e);
            }
            return false;
        } catch (Throwable e) {
            throw new AssertionError(what + ": " + new String(bytes, StandardCharsets.UTF_8), e);
        }
    }

    private static byte[] damage(byte[] whole, Random random) {
        byte[] bytes = whole.clone();
        for (int n = 1 + random.nextInt(3); n > 0; n--) {
            bytes = damageOnce(bytes, random);
        }
        return bytes;
    }

    private static byte[] damageOnce(byte[] bytes, Random random) {
        if (bytes.length == 0) {
            return bytes;
        }
        int at = random.nextInt(bytes.length);
        int end = Math.min(bytes.length, at + 1 + random.nextInt(12));
        return switch (random.nextInt(6)) {
            case 0 -> replace(bytes, at, at + 1, new byte[] {(byte) random.nextInt(256)});
            case 1 -> replace(bytes, at, end, new byte[0]);
            case 2 -> replace(bytes, at, at, Arrays.copyOfRange(bytes, at, end));
            case 3 -> replace(bytes, at, random.nextBoolean() ? end : at, fragment(random));
            case 4 -> replaceNumber(bytes, at, random);
            default -> {
                int other = random.nextInt(bytes.length);
                yield replace(
                        bytes, at, end, Arrays.copyOfRange(bytes, other, Math.min(bytes.length, other + end - at)));
            }
        };
    }

    /** The next value after a colon, bracket or comma becomes another one: well-formed, and wrong. */
    private static byte[] replaceNumber(byte[] bytes, int from, Random random) {
        int start = from;
        while (start < bytes.length && bytes[start] != ':' && bytes[start] != '[' && bytes[start] != ',') {
            start++;
        }
        int end = ++start;
        while (end < bytes.length && bytes[end] != ',' && bytes[end] != '}' && bytes[end] != ']') {
            end++;
        }
        return end >= bytes.length ? bytes : replace(bytes, start, end, fragment(random));
    }

    private static byte[] fragment(Random random) {
        return FRAGMENTS[random.nextInt(FRAGMENTS.length)].getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] replace(byte[] bytes, int from, int to, byte[] by) {
        byte[] result = new byte[bytes.length - (to - from) + by.length];
        System.arraycopy(bytes, 0, result, 0, from);
        System.arraycopy(by, 0, result, from, by.length);
        System.arraycopy(bytes, to, result, from + by.length, bytes.length - to);
        return result;
    }
}
