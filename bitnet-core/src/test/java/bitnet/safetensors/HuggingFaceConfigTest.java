package bitnet.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.BitNetException;
import bitnet.ModelFormatException;
import bitnet.ModelUnsupportedException;
import bitnet.family.Family;
import bitnet.json.JsonReader;
import bitnet.model.Activation;
import bitnet.model.AttentionScope;
import bitnet.model.ModelConfig;
import bitnet.model.Rope;
import bitnet.model.RopeFrequencies;
import bitnet.model.SamplingDefaults;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HuggingFaceConfigTest {
    private static final String SHAPE = "\"hidden_size\":256,\"intermediate_size\":512,\"num_hidden_layers\":2,"
            + "\"num_attention_heads\":4,\"vocab_size\":300";
    private static final String BITNET = "\"architectures\":[\"BitNetForCausalLM\"]," + SHAPE;

    private static HuggingFaceConfig read(String fields) {
        return HuggingFaceConfig.read(in("{" + fields + "}"), "name");
    }

    private static JsonReader in(String json) {
        return JsonReader.of("config.json", json.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void bitnet2b4t() {
        HuggingFaceConfig config = read("""
                "architectures":["BitNetForCausalLM"],"auto_map":{"AutoConfig":"x"},"bos_token_id":128000,
                "eos_token_id":128001,"hidden_act":"relu2","hidden_size":2560,"initializer_range":0.02,
                "intermediate_size":6912,"max_position_embeddings":4096,"model_type":"bitnet","rms_norm_eps":1e-05,
                "num_attention_heads":20,"num_hidden_layers":30,"num_key_value_heads":5,"rope_theta":500000.0,
                "tie_word_embeddings":true,"torch_dtype":"bfloat16","use_cache":true,"vocab_size":128256,
                "quantization_config":{"quant_method":"bitnet","linear_class":"autobitlinear","quantization_mode":"offline"}
                """);
        ModelConfig model = config.model();
        assertThat(model.layers()).isEqualTo(30);
        assertThat(model.hidden()).isEqualTo(2560);
        assertThat(model.feedForward()).isEqualTo(6912);
        assertThat(model.kvWidth()).isEqualTo(640);
        assertThat(model.headDim()).isEqualTo(128);
        assertThat(model.vocabulary()).isEqualTo(128256);
        assertThat(model.contextLength()).isEqualTo(4096);
        assertThat(model.normEpsilon()).isEqualTo(1e-5f);
        assertThat(model.activation()).isEqualTo(Activation.SQUARED_RELU);
        assertThat(model.rope().inverseFrequencies()).isEqualTo(RopeFrequencies.of(500000, 128));
        assertThat(config.tied()).isTrue();
        assertThat(config.bos()).isEqualTo(128000);
        assertThat(config.eos()).containsExactly(128001);
        assertThat(config.quantization()).isEqualTo(new Quantization(false, false, false, null));
        assertThat(config.family().family().has(Family.Trait.SUB_NORMS)).isTrue();
    }

    /** Heads as wide as the file says, an inverted scale, no sub-norms. */
    @Test
    void falcon3() {
        HuggingFaceConfig config = read("""
                "architectures":["LlamaForCausalLM"],"attention_bias":false,"attention_dropout":0.0,"eos_token_id":11,
                "head_dim":256,"hidden_act":"silu","hidden_size":2048,"intermediate_size":8192,"is_bitnet_config":true,
                "max_position_embeddings":8192,"mlp_bias":false,"model_type":"llama","num_attention_heads":8,
                "num_hidden_layers":18,"num_key_value_heads":4,"pretraining_tp":1,"quantization_config":
                {"modules_to_not_convert":["lm_head","model.embed_tokens","model.norm","input_layernorm"],"quant_method":"bitnet"},"rms_norm_eps":1e-06,"rope_scaling":null,
                "rope_theta":1000042,"tie_word_embeddings":false,"torch_dtype":"bfloat16","vocab_size":131072
                """);
        assertThat(config.model().queryWidth()).isEqualTo(2048);
        assertThat(config.model().kvWidth()).isEqualTo(1024);
        assertThat(config.model().activation()).isEqualTo(Activation.SILU);
        assertThat(config.model().normEpsilon()).isEqualTo(1e-6f);
        assertThat(config.model().rope().inverseFrequencies()).isEqualTo(RopeFrequencies.of(1000042, 256));
        assertThat(config.quantization()).isEqualTo(new Quantization(true, false, false, null));
        assertThat(config.family().family().has(Family.Trait.SUB_NORMS)).isFalse();
        assertThat(config.bos()).isEqualTo(-1);
    }

    /** Master weights, without a word about quantisation. */
    @Test
    void bitnet1bitLlm() {
        HuggingFaceConfig config = read("""
                "architectures":["BitnetForCausalLM"],"attention_bias":false,"bos_token_id":1,"eos_token_id":2,
                "hidden_act":"silu","hidden_size":3200,"input_bits":8,"intermediate_size":8640,
                "max_position_embeddings":2048,"model_type":"llama","num_attention_heads":32,"num_hidden_layers":26,
                "num_key_value_heads":32,"pad_token_id":32000,"rms_norm_eps":1e-05,"rope_scaling":null,
                "rope_theta":10000.0,"tie_word_embeddings":true,"vocab_size":32002,"weight_bits":1
                """);
        assertThat(config.model().headDim()).isEqualTo(100);
        assertThat(config.model().activation()).isEqualTo(Activation.SILU);
        assertThat(config.quantization()).isEqualTo(Quantization.MASTER_WEIGHTS);
        assertThat(config.family().family().has(Family.Trait.SUB_NORMS)).isTrue();
    }

    /** What the Python classes assume where the file says nothing. */
    @Test
    void defaultsAreThoseOfTheFamily() {
        ModelConfig bitnet = read(BITNET).model();
        assertThat(bitnet.kvHeads()).isEqualTo(4);
        assertThat(bitnet.contextLength()).isEqualTo(2048);
        assertThat(bitnet.activation()).isEqualTo(Activation.SQUARED_RELU);
        assertThat(bitnet.normEpsilon()).isEqualTo(1e-5f);
        assertThat(bitnet.rope().inverseFrequencies()).isEqualTo(RopeFrequencies.of(500000, 64));
        ModelConfig llama = read("\"architectures\":[\"LlamaForCausalLM\"]," + SHAPE
                        + ",\"quantization_config\":{\"quant_method\":\"bitnet\"}")
                .model();
        assertThat(llama.activation()).isEqualTo(Activation.SILU);
        assertThat(llama.normEpsilon()).isEqualTo(1e-6f);
        assertThat(llama.rope().inverseFrequencies()).isEqualTo(RopeFrequencies.of(10000, 64));
    }

    @Test
    void ropeIsScaled() {
        assertThat(frequencies("\"rope_theta\":10000,\"rope_scaling\":{\"type\":\"linear\",\"factor\":4.0}"))
                .isEqualTo(RopeFrequencies.linear(10000, 64, 4));
        String llama3 = "{\"factor\":8.0,\"low_freq_factor\":1.0,\"high_freq_factor\":4.0,"
                + "\"original_max_position_embeddings\":8192,\"rope_type\":\"llama3\"";
        float[] expected =
                RopeFrequencies.divided(500000, 64, RopeFrequencies.llama3Factors(500000, 64, 8, 1, 4, 8192));
        assertThat(frequencies("\"rope_theta\":500000,\"rope_scaling\":" + llama3 + "}"))
                .isEqualTo(expected);
        assertThat(expected).isNotEqualTo(RopeFrequencies.of(500000, 64));
    }

    /** Since transformers 5. */
    @Test
    void ropeParametersHoldBoth() {
        assertThat(frequencies("\"rope_parameters\":{\"rope_theta\":1234.0,\"rope_type\":\"default\"}"))
                .isEqualTo(RopeFrequencies.of(1234, 64));
    }

    private static final String GEMMA = """
            "architectures":["Gemma3TextModel"],"hidden_size":128,"intermediate_size":128,"num_attention_heads":4,
            "num_hidden_layers":3,"num_key_value_heads":1,"head_dim":64,"vocab_size":600,"query_pre_attn_scalar":100,
            "sliding_window":7,"hidden_activation":"gelu_pytorch_tanh\"""";

    @Test
    void gemmasLayersHaveWindows() {
        HuggingFaceConfig config = read(GEMMA + ",\"rope_theta\":1e6,\"rope_local_base_freq\":5000,"
                + "\"layer_types\":[\"sliding_attention\",\"full_attention\",\"sliding_attention\"]");
        assertThat(config.model().activation()).isEqualTo(Activation.GELU_TANH);
        Rope global = new Rope(RopeFrequencies.of(1e6, 64));
        AttentionScope local = new AttentionScope(new Rope(RopeFrequencies.of(5000, 64)), 7, 0.1f);
        assertThat(config.scopes()).containsExactly(local, new AttentionScope(global, AttentionScope.ALL, 0.1f), local);
        assertThat(config.model().rope()).isEqualTo(global);
    }

    @Test
    void gemmasDefaultsAreThoseOfItsCode() {
        HuggingFaceConfig config = read(GEMMA.replace("\"num_hidden_layers\":3", "\"num_hidden_layers\":7"));
        assertThat(config.model().rope()).isEqualTo(new Rope(RopeFrequencies.of(1e6, 64)));
        assertThat(config.scopes().stream().map(AttentionScope::window))
                .containsExactly(7, 7, 7, 7, 7, AttentionScope.ALL, 7);
        assertThat(config.scopes().getFirst().rope()).isEqualTo(new Rope(RopeFrequencies.of(10_000, 64)));
        HuggingFaceConfig every2nd = read(GEMMA + ",\"sliding_window_pattern\":2");
        assertThat(every2nd.scopes().stream().map(AttentionScope::window)).containsExactly(7, AttentionScope.ALL, 7);
    }

    /** As transformers 5 writes it. */
    @Test
    void ropeParametersDifferByTypeOfLayer() {
        HuggingFaceConfig config = read(GEMMA
                + ",\"rope_parameters\":{\"full_attention\":{\"rope_theta\":2e6,\"rope_type\":\"default\"},"
                + "\"sliding_attention\":{\"rope_theta\":3000,\"rope_type\":\"default\"}}");
        assertThat(config.model().rope()).isEqualTo(new Rope(RopeFrequencies.of(2e6, 64)));
        assertThat(config.scopes().getFirst().rope()).isEqualTo(new Rope(RopeFrequencies.of(3000, 64)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"layer_types\":[\"full_attention\"]            | 1 entries for 3 layers",
                "\"layer_types\":[\"a\",\"b\",\"c\"]             | layer_types is [a, b, c]",
                "\"use_bidirectional_attention\":true            | later positions",
                "\"query_pre_attn_scalar\":0                     | query_pre_attn_scalar",
                "\"rope_local_base_freq\":-1                     | rope_local_base_freq",
                "\"attn_logit_softcapping\":50.0                 | attn_logit_softcapping is 50.0",
            })
    void whatGemmaDoesNotHaveIsRefused(String fields, String problem) {
        assertThatThrownBy(() -> read(GEMMA + "," + fields))
                .isInstanceOf(BitNetException.class)
                .hasMessageContaining(problem.strip());
    }

    private static float[] frequencies(String fields) {
        return read(BITNET + "," + fields).model().rope().inverseFrequencies();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"rope_scaling\":{\"type\":\"longrope\",\"factor\":4}      | rope_scaling of type longrope is not supported",
                "\"rope_scaling\":{\"partial_rotary_factor\":0.5}           | RoPE over a part of the head",
                "\"hidden_act\":\"gelu\"                                    | hidden_act gelu is not supported",
                "\"use_sliding_window\":true                              | use_sliding_window is true",
                "\"num_experts\":8                                          | num_experts is 8",
                "\"scale_emb\":12                                           | scale_emb is 12",
                "\"layer_types\":[\"full_attention\",\"sliding_attention\"]   | layer_types is",
                "\"quantization_config\":{\"quant_method\":\"bitnet\",\"modules_to_not_convert\":[\"model.layers.3\"]} | in float",
                "\"quantization_config\":{\"quant_method\":\"bitnet\",\"modules_to_not_convert\":[\"mlp\"]} | mlp in float",
                "\"quantization_config\":{\"quant_method\":\"bitnet\",\"modules_to_not_convert\":[\".*up.*\"]} | in float",
                "\"attention_bias\":true                                    | attention_bias: biases are not supported",
                "\"quantization_config\":{\"quant_method\":\"gptq\"}        | quant_method gptq; bitnet runs",
                "\"quantization_config\":{}                                 | quant_method null",
                "\"quantization_config\":{\"quant_method\":\"bitnet\",\"linear_class\":\"x\"}      | linear_class x",
                "\"quantization_config\":{\"quant_method\":\"bitnet\",\"quantization_mode\":\"x\"} | quantization_mode x",
                "\"quantization_config\":{\"quant_method\":\"bitnet\",\"use_rms_norm\":true}       | use_rms_norm",
                "\"quantization_config\":{\"quant_method\":\"bitnet\",\"modules_to_not_convert\":[\"o_proj\"]} | o_proj in float",
            })
    void whatBitnetDoesNotRunIsRefused(String fields, String problem) {
        assertThatThrownBy(() -> read(BITNET + "," + fields))
                .isInstanceOf(ModelUnsupportedException.class)
                .hasMessageStartingWith("config.json: ")
                .hasMessageContaining(problem.strip());
    }

    @Test
    void otherArchitecturesAreRefusedByName() {
        assertThatThrownBy(() -> read(BITNET.replace("BitNet", "Mamba")))
                .isInstanceOf(ModelUnsupportedException.class)
                .hasMessageContaining("MambaForCausalLM is not supported; these are: BitNetForCausalLM");
        assertThatThrownBy(() -> read(BITNET.replace("BitNet", "Qwen3")))
                .isInstanceOf(ModelUnsupportedException.class)
                .hasMessageContaining("this is a float model of architecture Qwen3ForCausalLM");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "architectures",
                "hidden_size",
                "intermediate_size",
                "num_hidden_layers",
                "num_attention_heads",
                "vocab_size"
            })
    void theShapeMustBeThere(String field) {
        assertThatThrownBy(() -> read(BITNET.replace("\"" + field + "\"", "\"other\"")))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(field + ": missing");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"num_key_value_heads\":3",
                "\"num_key_value_heads\":0",
                "\"head_dim\":63",
                "\"head_dim\":-64",
                "\"rms_norm_eps\":0",
                "\"rms_norm_eps\":-1",
                "\"rms_norm_eps\":2",
                "\"max_position_embeddings\":0",
                "\"rope_theta\":0",
                "\"rope_theta\":-5",
                "\"rope_theta\":\"x\"",
                "\"eos_token_id\":-1",
                "\"eos_token_id\":[1.5]",
                "\"tie_word_embeddings\":1",
                "\"vocab_size\":5",
                "\"rope_scaling\":[]",
                "\"rope_scaling\":{\"type\":\"llama3\",\"low_freq_factor\":4,\"high_freq_factor\":4}",
            })
    void nonsenseIsRefused(String fields) {
        assertThatThrownBy(() -> read(BITNET + "," + fields)).isInstanceOf(ModelFormatException.class);
    }

    @Test
    void hugeNumbersDoNotOverflow() {
        String huge = "\"architectures\":[\"BitNetForCausalLM\"],\"hidden_size\":4194304,\"intermediate_size\":4194304,"
                + "\"num_hidden_layers\":10000,\"num_attention_heads\":16384,\"head_dim\":16384,\"vocab_size\":1048576";
        assertThat(read(huge).model().queryWidth()).isEqualTo(1 << 28);
        assertThatThrownBy(() -> read(huge.replace("4194304", "4194305"))).isInstanceOf(BitNetException.class);
    }

    @Test
    void generationConfig() {
        GenerationConfig config = GenerationConfig.read(in(
                "{\"bos_token_id\":1,\"eos_token_id\":[7,3],\"do_sample\":true,\"temperature\":0.6,\"top_k\":40,\"top_p\":0.9,"
                        + "\"max_length\":4096,\"transformers_version\":\"4\"}"));
        assertThat(config).isEqualTo(new GenerationConfig(1, List.of(7, 3), new SamplingDefaults(0.6f, 40, 0.9f)));
        assertThat(GenerationConfig.read(in("{\"do_sample\":false,\"temperature\":0.6}"))
                        .sampling())
                .isEqualTo(new SamplingDefaults(0f, null, null));
        assertThat(GenerationConfig.read(in("{\"eos_token_id\":null,\"temperature\":null}")))
                .isEqualTo(GenerationConfig.NONE);
        assertThatThrownBy(() -> GenerationConfig.read(in("{\"top_p\":1.5}"))).isInstanceOf(ModelFormatException.class);
        assertThatThrownBy(() -> GenerationConfig.read(in("{\"temperature\":-1}")))
                .isInstanceOf(ModelFormatException.class);
    }

    @Test
    void tokenizerConfig() {
        TokenizerConfig config = TokenizerConfig.read(
                in(
                        "{\"add_bos_token\":true,\"bos_token\":{\"__type\":\"AddedToken\",\"content\":\"<s>\",\"lstrip\":false},"
                                + "\"eos_token\":\"</s>\",\"pad_token\":null,\"chat_template\":\"T\",\"added_tokens_decoder\":{\"0\":{}}}"));
        assertThat(config).isEqualTo(new TokenizerConfig("<s>", "</s>", true, null, "T"));
        assertThat(TokenizerConfig.read(in("{\"chat_template\":[{\"name\":\"rag\",\"template\":\"R\"}]}"))
                        .chatTemplate())
                .isEqualTo("R");
        assertThat(TokenizerConfig.read(in("{\"chat_template\":[{\"name\":\"rag\",\"template\":\"R\"},"
                                + "{\"name\":\"default\",\"template\":\"D\"}]}"))
                        .chatTemplate())
                .isEqualTo("D");
        assertThat(TokenizerConfig.read(in("{}"))).isEqualTo(TokenizerConfig.NONE);
        TokenizerConfig map = TokenizerConfig.read(in("{\"bos_token\":\"<m>\",\"eos_token\":{\"content\":\"</m>\"}}"));
        assertThat(TokenizerConfig.NONE.orElse(map)).isEqualTo(new TokenizerConfig("<m>", "</m>", null, null, null));
        assertThat(config.orElse(map)).isEqualTo(config);
    }
}
