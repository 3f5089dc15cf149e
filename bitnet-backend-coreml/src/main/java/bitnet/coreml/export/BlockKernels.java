package bitnet.coreml.export;

import static bitnet.coreml.mil.DataType.FLOAT16;

import bitnet.HeadType;
import bitnet.ModelUnsupportedException;
import bitnet.coreml.artifact.Feature;
import bitnet.coreml.artifact.FeatureType;
import bitnet.coreml.artifact.Function;
import bitnet.coreml.mil.FunctionBuilder;
import bitnet.coreml.mil.Literal;
import bitnet.coreml.mil.Operations;
import bitnet.coreml.mil.TensorType;
import bitnet.coreml.mil.Var;
import bitnet.model.Activation;
import bitnet.model.ActivationPrecision;
import bitnet.model.ModelConfig;
import bitnet.model.TernaryTensor;
import bitnet.model.TokenTable;
import bitnet.spi.Kernels;
import bitnet.spi.Step;
import java.util.List;
import java.util.Objects;

/**
 * Kernels that write each operation of the forward pass into a function of a program, for blocks of a model. What stands for
 * an activation is a {@link Var} and what it is multiplied by; the palette of a matrix brings its result to what is wanted.
 */
final class BlockKernels implements Kernels {
    private final ModelConfig config;
    private final int tokens;
    private final FunctionBuilder function;
    private final Operations operations;
    private final BlockWeights weights;
    private final Folding folding;
    private final boolean exactActivations;
    private final AttentionGraph attention;
    private final Var x;

    /**
     * An empty function.
     *
     * @param tokens that it takes
     * @param context positions of the state
     */
    BlockKernels(
            ModelConfig config,
            String name,
            int tokens,
            int context,
            BlockWeights weights,
            Folding folding,
            boolean exactActivations) {
        this.config = config;
        this.tokens = tokens;
        this.weights = weights;
        this.folding = folding;
        this.exactActivations = exactActivations;
        function = new FunctionBuilder(name);
        operations = new Operations(function);
        x = function.input(stream(Function.X));
        attention = new AttentionGraph(config, tokens, context, function, operations);
    }

    /** One activation, or several from stacked matrices, each with what it is multiplied by. */
    private static final class Rows implements Floats, Quantized {
        private Var[] parts = {};
        private double[] scales = {};

        void set(Var part, double scale) {
            parts = new Var[] {part};
            scales = new double[] {scale};
        }
    }

    private record Norm(float[] weights) implements Gain {}

    private record Stack(List<TernaryTensor> tensors) implements TernaryMatrix {}

    private record Table() implements Embedding, Head {}

    /** The function, complete once the forward pass has run. */
    FunctionBuilder function() {
        return function;
    }

    private Feature stream(String name) {
        return new Feature(name, FeatureType.FLOAT16, List.of(1, config.hidden(), 1, tokens));
    }

    @Override
    public Floats floats(int columns) {
        return new Rows();
    }

    @Override
    public Quantized quantized(int columns, ActivationPrecision precision) {
        return new Rows();
    }

    @Override
    public Gain gain(float[] values) {
        return new Norm(values);
    }

    @Override
    public TernaryMatrix ternary(List<TernaryTensor> stacked) {
        stacked.forEach(weights::ternary);
        return new Stack(List.copyOf(stacked));
    }

    @Override
    public Embedding embedding(TokenTable table) {
        return new Table();
    }

    @Override
    public Head head(TokenTable table, HeadType type) {
        return new Table();
    }

    @Override
    public long pageBytes() {
        throw inState();
    }

    @Override
    public Page page() {
        throw inState();
    }

    @Override
    public void copy(Page from, Page to) {
        throw inState();
    }

    @Override
    public void free(Page page) {
        throw inState();
    }

    @Override
    public Cache cache() {
        throw inState();
    }

    private static UnsupportedOperationException inState() {
        return new UnsupportedOperationException("the program keeps keys and values as its state");
    }

    @Override
    public void run(Step step, Runnable program) {
        program.run();
    }

    /** The host looks tokens up. */
    @Override
    public void embed(Embedding table, Floats residual) {
        ((Rows) residual).set(x, folding.residual());
    }

    @Override
    public void normQuantize(Floats from, Gain gain, Quantized q) {
        Rows rows = (Rows) from;
        Literal.Stored stored = weights.gain(((Norm) gain).weights());
        ((Rows) q)
                .set(
                        onGrid(RmsNorm.append(operations, rows.parts[0], rows.scales[0], config.normEpsilon(), stored)),
                        1);
    }

    @Override
    public void quantize(Floats from, Quantized q) {
        Rows rows = (Rows) from;
        ((Rows) q).set(onGrid(rows.parts[0]), rows.scales[0]);
    }

    private Var onGrid(Var activations) {
        return exactActivations ? Int8Grid.append(operations, activations) : activations;
    }

    @Override
    public void ternaryMatmul(TernaryMatrix w, Quantized q, Floats y) {
        Rows from = (Rows) q;
        Rows to = (Rows) y;
        List<TernaryTensor> tensors = ((Stack) w).tensors();
        to.parts = new Var[tensors.size()];
        to.scales = new double[tensors.size()];
        for (int i = 0; i < to.parts.length; i++) {
            product(tensors.get(i), folding.factor(tensors.get(i)), from, to, i);
        }
    }

    @Override
    public void ternaryMatmulAdd(TernaryMatrix w, Quantized q, Floats residual) {
        Rows from = (Rows) q;
        Rows to = (Rows) residual;
        Rows product = new Rows();
        product.set(from.parts[0], 1);
        product(((Stack) w).tensors().getFirst(), to.scales[0] / from.scales[0], from, product, 0);
        to.parts[0] = operations.add(to.parts[0], product.parts[0]);
    }

    /** Part {@code i} of {@code to}: the matrix times its scale and a factor, as nearly as F16 holds the two, times {@code from}. */
    private void product(TernaryTensor tensor, double factor, Rows from, Rows to, int i) {
        BlockWeights.Ternary matrix = weights.ternary(tensor);
        float entry = Float.float16ToFloat(Float.floatToFloat16((float) (matrix.scale() * factor)));
        if (Float.isInfinite(entry) || (entry == 0 && matrix.scale() != 0)) {
            throw new ModelUnsupportedException(
                    tensor.name(),
                    "its scale is " + matrix.scale() + ", times " + factor + ", which F16 does not hold");
        }
        Literal palette = Literal.halves(TensorType.of(FLOAT16, 1, 1, 1, 1, 4, 1), -entry, 0f, entry, 0f);
        Var weight = operations.lookUp(tensor.name(), matrix.indices(), palette);
        to.parts[i] = operations.conv(tensor.name() + "_product", from.parts[0], weight);
        to.scales[i] = from.scales[0] * (matrix.scale() == 0 ? factor : entry / (double) matrix.scale());
    }

    @Override
    public void ropeStore(int layer, Floats qkv) {
        Rows rows = (Rows) qkv;
        rows.parts = attention.ropeStore(layer, rows.parts);
    }

    @Override
    public void attention(int layer, Floats qkv, Floats out) {
        Rows rows = (Rows) qkv;
        ((Rows) out).set(attention.attend(layer, rows.parts[0]), rows.scales[2]);
    }

    @Override
    public void gate(Activation activation, Floats gateUp, Floats h) {
        Rows rows = (Rows) gateUp;
        Var gate = rows.parts[0];
        double scale = rows.scales[0];
        Var activated = switch (activation) {
            case SQUARED_RELU -> {
                Var positive = operations.relu(gate);
                yield operations.mul(positive, positive);
            }
            case SILU -> operations.silu(gate);
            case GELU_TANH -> throw new UnsupportedOperationException("no operation for GELU");
        };
        double activatedScale = activation == Activation.SQUARED_RELU ? scale * scale : 1;
        ((Rows) h).set(operations.mul(activated, rows.parts[1]), activatedScale * rows.scales[1]);
    }

    /** Here the blocks end; the head is a program of its own. */
    @Override
    public void outputNorm(Floats residual, Gain gain, Floats y) {
        function.output(stream(Function.Y), Objects.requireNonNull(((Rows) residual).parts[0]));
    }

    @Override
    public void logits(Head head, Floats y) {}

    @Override
    public long memoryBytes() {
        return 0;
    }

    @Override
    public void close() {}
}
