package bitnet.convert;

import bitnet.gguf.GgufTensorType;
import bitnet.model.ScaleGranularity;
import bitnet.tensor.I2sLayout;
import bitnet.tensor.TernaryFormat;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** How ternary weights are written. */
public enum WeightType {
    /** For bitnet.cpp: two bits a weight, scales exact. Columns must be a multiple of 128. */
    I2_S(GgufTensorType.I2_S, 40),
    /** For llama.cpp: 1.69 bits a weight, scales in half precision. Columns must be a multiple of 256. */
    TQ1_0(GgufTensorType.TQ1_0, 36),
    /** For llama.cpp: 2.06 bits a weight, scales in half precision. Columns must be a multiple of 256. */
    TQ2_0(GgufTensorType.TQ2_0, 37),
    /** Floats in half precision: what the quantisers of both start from. */
    F16(GgufTensorType.F16, 1),
    /** Floats in bfloat16. */
    BF16(GgufTensorType.BF16, 32),
    /** For llama.cpp: 1.125 bits a weight that is -1 or +1. Columns must be a multiple of 128. */
    Q1_0(GgufTensorType.Q1_0, 40),
    /** For llama.cpp: 2.25 bits a weight. Columns must be a multiple of 64. */
    Q2_0(GgufTensorType.Q2_0, 41),
    /** For PrismML's fork of llama.cpp: 2.125 bits a weight. Columns must be a multiple of 128. */
    PQ2_0(GgufTensorType.PQ2_0, 141),
    /** For PrismML's fork of llama.cpp: 1.75 bits a weight. Columns must be a multiple of 128. */
    PTQ1_0(GgufTensorType.PTQ1_0, 142);

    private final GgufTensorType tensorType;
    private final int fileType;

    WeightType(GgufTensorType tensorType, int fileType) {
        this.tensorType = tensorType;
        this.fileType = fileType;
    }

    /** The name on the command line, such as {@code i2_s}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The type with this label. */
    public static Optional<WeightType> parse(String label) {
        for (WeightType type : values()) {
            if (type.label().equals(label.toLowerCase(Locale.ROOT))) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }

    /** The labels of all types. */
    public static String labels() {
        return Arrays.stream(values()).map(WeightType::label).collect(Collectors.joining(", "));
    }

    /** Whether weights whose scales belong to this have a place in the type. */
    boolean holds(ScaleGranularity granularity) {
        return switch (this) {
            case I2_S, F16, BF16 -> granularity == ScaleGranularity.TENSOR;
            case TQ1_0, TQ2_0 -> granularity != ScaleGranularity.GROUP_64;
            case Q2_0 -> granularity != ScaleGranularity.TENSOR;
            case Q1_0, PQ2_0, PTQ1_0 -> granularity == ScaleGranularity.GROUP_128;
        };
    }

    GgufTensorType tensorType() {
        return tensorType;
    }

    /** {@code general.file_type}. */
    int fileType() {
        return fileType;
    }

    TernaryFormat format(I2sLayout layout) {
        return switch (this) {
            case I2_S -> layout == I2sLayout.ARM ? TernaryFormat.I2_S_ARM : TernaryFormat.I2_S_X86;
            case TQ1_0 -> TernaryFormat.TQ1_0;
            case TQ2_0 -> TernaryFormat.TQ2_0;
            case F16 -> TernaryFormat.F16;
            case BF16 -> TernaryFormat.BF16;
            case Q1_0 -> TernaryFormat.Q1_0;
            case Q2_0 -> TernaryFormat.Q2_0;
            case PQ2_0 -> TernaryFormat.PQ2_0;
            case PTQ1_0 -> TernaryFormat.PTQ1_0;
        };
    }
}
