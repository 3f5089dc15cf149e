package bitnet.gguf;

import bitnet.ModelFormatException;
import bitnet.ModelUnsupportedException;
import bitnet.family.Family;
import bitnet.model.Activation;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * The values of {@code general.architecture} that bitnet runs.
 *
 * <p>A file that names its activation ({@code hidden_activation}: {@code relu2} or {@code silu}) is believed. Most do not, and
 * {@link #BITNET} names two families that differ in it: the models of 1bitLLM (SiLU), and BitNet b1.58 2B-4T and its kin
 * converted by llama.cpp (squared ReLU; llama.cpp itself long ran them with SiLU, and wrongly). What tells them apart is
 * the tokenizer: the former have the SentencePiece vocabulary of Llama 2, the latter the byte-level BPE of Llama 3. A file
 * without a tokenizer goes by its grouped-query attention, which only the latter have. {@link GgufOptions#activation()}
 * overrules all of this.
 */
public enum GgufArchitecture {
    /** bitnet.cpp: sub-norms, squared ReLU. The published GGUF of BitNet b1.58 2B-4T. */
    BITNET_B158("bitnet-b1.58"),
    /** The first conversions by bitnet.cpp; otherwise the same. */
    BITNET_25("bitnet-25"),
    /** llama.cpp: sub-norms, one of two activations. */
    BITNET("bitnet"),
    /** Ternary Llama and Falcon 3 models: SiLU, no sub-norms, and rotary pairs of adjacent dimensions. */
    LLAMA("llama"),
    /** Ternary Qwen3 models such as Bonsai: SiLU, norms of queries and keys. */
    QWEN3("qwen3"),
    /** Ternary Qwen3.5 models such as Bonsai 27B and Bonsai 2: SiLU, gated DeltaNet beside attention. */
    QWEN35("qwen35"),
    /** BitNet embeddings on Gemma 3: GELU, norms wherever there can be one, windows. */
    GEMMA3("gemma3");

    /** Tells models whose projections norm their input from others of an architecture. */
    private static final String INPUT_NORM = "blk.0.attn_q_norm_in.weight";

    static final String KEY = "general.architecture";
    /** Follows the label; newer converters write it. */
    static final String ACTIVATION = ".hidden_activation";

    private final String label;

    GgufArchitecture(String label) {
        this.label = label;
    }

    /** As in the file; also the prefix of its keys. */
    public String label() {
        return label;
    }

    /**
     * What a file of this architecture is.
     *
     * @throws ModelUnsupportedException if it is of a family that bitnet does not run
     */
    public Family family(GgufFile file) {
        boolean inputNorms = file.tensor(INPUT_NORM).isPresent();
        return switch (this) {
            case BITNET_B158, BITNET_25, BITNET -> Family.BITNET;
            case LLAMA -> Family.LLAMA;
            case QWEN3 -> inputNorms ? Family.QWEN3_EMBEDDING : Family.QWEN3;
            case QWEN35 -> Family.QWEN35;
            case GEMMA3 -> {
                if (!inputNorms) {
                    throw new ModelUnsupportedException(
                            file.source(),
                            "a model of architecture gemma3 without " + INPUT_NORM
                                    + ", as float models are; bitnet runs BitNet embeddings of that architecture");
                }
                yield Family.GEMMA3_EMBEDDING;
            }
        };
    }

    /** Whether queries and keys are stored for rotary pairs of adjacent dimensions. */
    public boolean hasAdjacentPairs() {
        return this == LLAMA;
    }

    /**
     * The architecture of a file.
     *
     * @throws ModelFormatException if it names none
     * @throws ModelUnsupportedException if it is another
     */
    public static GgufArchitecture of(GgufFile file) {
        String source = file.source();
        GgufMetadata metadata = file.metadata();
        String label = metadata.text(KEY).orElseThrow(() -> new ModelFormatException(source, KEY, "missing"));
        for (GgufArchitecture architecture : values()) {
            if (architecture.label.equals(label)) {
                return architecture;
            }
        }
        throw new ModelUnsupportedException(
                source,
                "architecture " + label + "; bitnet runs "
                        + Arrays.stream(values()).map(GgufArchitecture::label).collect(Collectors.joining(", ")));
    }

    /**
     * The activation that a file of this architecture names or, failing that, implies.
     *
     * @throws ModelUnsupportedException if it names another
     */
    public Activation activation(GgufFile file) {
        String source = file.source();
        GgufMetadata metadata = file.metadata();
        String named = metadata.text(label + ACTIVATION).orElse("");
        return switch (named) {
            case "" -> implied(metadata);
            case "relu2" -> Activation.SQUARED_RELU;
            case "silu" -> Activation.SILU;
            case "gelu_pytorch_tanh" -> Activation.GELU_TANH;
            default ->
                throw new ModelUnsupportedException(
                        source, "the activation " + named + "; bitnet has relu2, silu and gelu_pytorch_tanh");
        };
    }

    /** The activation that the file's other contents imply. */
    private Activation implied(GgufMetadata metadata) {
        return switch (this) {
            case BITNET_B158, BITNET_25 -> Activation.SQUARED_RELU;
            case LLAMA, QWEN3, QWEN35 -> Activation.SILU;
            case GEMMA3 -> Activation.GELU_TANH;
            case BITNET -> {
                String tokenizer = metadata.text("tokenizer.ggml.model").orElse("");
                yield switch (tokenizer) {
                    case "gpt2" -> Activation.SQUARED_RELU;
                    case "llama" -> Activation.SILU;
                    default -> isGrouped(metadata) ? Activation.SQUARED_RELU : Activation.SILU;
                };
            }
        };
    }

    private boolean isGrouped(GgufMetadata metadata) {
        var heads = metadata.integer(label + ".attention.head_count", 1, Integer.MAX_VALUE);
        var kvHeads = metadata.integer(label + ".attention.head_count_kv", 1, Integer.MAX_VALUE);
        return kvHeads.isPresent() && !kvHeads.equals(heads);
    }
}
