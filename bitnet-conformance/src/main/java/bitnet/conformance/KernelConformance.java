package bitnet.conformance;

import bitnet.HeadType;
import bitnet.KvType;
import bitnet.model.Activation;
import bitnet.model.AttentionScope;
import bitnet.model.DeltaShape;
import bitnet.model.ScaleGranularity;
import bitnet.spi.Cancellation;
import bitnet.spi.CompileOptions;
import bitnet.spi.Progress;
import bitnet.tensor.ElementType;
import java.util.ArrayList;
import java.util.List;

/**
 * Compares each operation of a backend's {@link bitnet.spi.Kernels} with the scalar kernels, bit by bit: at the shapes of
 * models and at awkward ones, for 1, 2, 7 and 33 rows, with extreme activations, and over long contexts.
 */
public final class KernelConformance {
    /** Rows of the steps of most checks; also the room that they ask for. */
    static final int[] ROWS = {1, 2, 7, 33, 1};

    private static final List<Shape> SHAPES = List.of(Shape.SMALL, Shape.AWKWARD, Shape.ODD_BLOCKS, Shape.B2);

    private final KernelProbe.Factory candidate;
    private final int threads;

    /** Checks of the kernels that {@code candidate} makes, with the backend's choice of threads. */
    public KernelConformance(KernelProbe.Factory candidate) {
        this(candidate, 0);
    }

    /** Checks with a number of threads. */
    public KernelConformance(KernelProbe.Factory candidate, int threads) {
        this.candidate = candidate;
        this.threads = threads;
    }

    /** What to check; every check stands alone. */
    public List<Check> checks() {
        List<Check> checks = new ArrayList<>();
        for (Shape shape : SHAPES) {
            for (ElementType type : ElementType.values()) {
                if (shape.hidden() % type.blockElements() == 0) {
                    checks.add(check("embed " + type, shape, new EmbedScenario(new RandomTable.Floats(type))));
                    checks.add(check(
                            "outputNorm, logits " + type,
                            shape,
                            new HeadScenario(new RandomTable.Floats(type), HeadType.EXACT)));
                }
            }
            checks.add(check("quantize", shape, new QuantizeScenario(false, ScaleGranularity.TENSOR)));
            checks.add(check("normQuantize", shape, new QuantizeScenario(true, ScaleGranularity.TENSOR)));
            for (MatmulScenario.Projection projection : MatmulScenario.Projection.values()) {
                checks.add(matmul(projection, ScaleGranularity.TENSOR, shape));
            }
            for (Activation activation : List.of(Activation.SQUARED_RELU, Activation.SILU)) {
                checks.add(check("gate " + activation, shape, new GateScenario(activation)));
            }
            for (KvType kvType : KvType.values()) {
                checks.add(check("ropeStore, attention " + kvType, shape, new AttentionScenario(kvType)));
            }
        }
        for (KvType kvType : KvType.values()) {
            checks.add(check("long context " + kvType, Shape.SMALL, new LongContextScenario(kvType)));
        }
        return checks;
    }

    /** What to check of the int8 head, by backends that have it. */
    public List<Check> int8HeadChecks() {
        List<Check> checks = new ArrayList<>();
        for (Shape shape : SHAPES) {
            for (ElementType type : ElementType.values()) {
                if (shape.hidden() % type.blockElements() == 0) {
                    checks.add(check(
                            "logits int8 of " + type,
                            shape,
                            new HeadScenario(new RandomTable.Floats(type), HeadType.INT8)));
                }
            }
        }
        return checks;
    }

    /** What to check of wide activations, scales of groups, ternary tables and norms of heads, by backends that have them. */
    public List<Check> wideChecks() {
        List<Check> checks = new ArrayList<>();
        for (Shape shape : List.of(Shape.SMALL, Shape.HALF_GROUPS, Shape.BONSAI)) {
            checks.add(check("headNorm", shape, new HeadNormScenario()));
            for (ScaleGranularity granularity : List.of(ScaleGranularity.GROUP_128, ScaleGranularity.GROUP_64)) {
                RandomTable.Kind table = new RandomTable.Ternary(granularity);
                checks.add(check("embed " + table, shape, new EmbedScenario(table)));
                checks.add(check("outputNorm, logits " + table, shape, new HeadScenario(table, HeadType.EXACT)));
                String codes = " for " + granularity;
                checks.add(check("quantize" + codes, shape, new QuantizeScenario(false, granularity)));
                checks.add(check("normQuantize" + codes, shape, new QuantizeScenario(true, granularity)));
                for (MatmulScenario.Projection projection : MatmulScenario.Projection.values()) {
                    checks.add(matmul(projection, granularity, shape));
                }
            }
        }
        return checks;
    }

    /** What to check of embedding models, by backends that have them. */
    public List<Check> embeddingChecks() {
        List<Check> checks = new ArrayList<>();
        for (Shape shape : List.of(Shape.SMALL, Shape.AWKWARD, Shape.ODD_BLOCKS)) {
            checks.add(check("scale, norm, normAdd", shape, new NormScenario()));
            checks.add(check("ternaryMatmul to parts", shape, new PartScenario()));
            checks.add(check("gate " + Activation.GELU_TANH, shape, new GateScenario(Activation.GELU_TANH)));
            for (int window : new int[] {1, 20, 64, 70, AttentionScope.ALL}) {
                KvType kvType = window == 64 ? KvType.F32 : KvType.F16;
                checks.add(
                        check("ropeStore, attention, window " + window, shape, new AttentionScenario(kvType, window)));
            }
        }
        return checks;
    }

    /** What to check of gated DeltaNet, gates of attention and rotations, by backends that have them. */
    public List<Check> hybridChecks() {
        List<Check> checks = new ArrayList<>();
        for (int block : new int[] {1, 2, 4, 8, 16, 32, 64, 128, 512, 1024}) {
            int blocks = block < 64 ? 5 : 3;
            Shape shape = block < 512 ? Shape.SMALL : Shape.B2;
            checks.add(check("rotate by blocks of " + block, shape, new RotateScenario(block, blocks)));
        }
        for (Shape shape : List.of(Shape.SMALL, Shape.AWKWARD)) {
            checks.add(check("attentionGate", shape, new AttentionGateScenario()));
            for (DeltaShape delta : List.of(
                    new DeltaShape(1, 2, 6, 128, 4),
                    new DeltaShape(1, 3, 3, 64, 1),
                    new DeltaShape(1, 1, 3, 20, 2),
                    new DeltaShape(1, 2, 4, 7, 5))) {
                boolean grouped = delta.kernel() % 2 == 0;
                checks.add(check("deltaNet " + delta, shape, new DeltaNetScenario(delta, grouped)));
            }
        }
        return checks;
    }

    private Check matmul(MatmulScenario.Projection projection, ScaleGranularity granularity, Shape shape) {
        String operation = projection.adds() ? "ternaryMatmulAdd " : "ternaryMatmul ";
        String scales = granularity == ScaleGranularity.TENSOR ? "" : " " + granularity;
        return check(operation + projection + scales, shape, new MatmulScenario(projection, granularity));
    }

    private Check check(String operation, Shape shape, Scenario scenario) {
        return new Check(operation + ", " + shape, () -> compare(shape, scenario));
    }

    private void compare(Shape shape, Scenario scenario) {
        Recording actual = new Recording();
        try (KernelProbe probe = open(candidate, shape, scenario)) {
            scenario.run(probe, shape, actual);
        }
        Recording expected = new Recording();
        try (KernelProbe probe = open(ScalarProbe::new, shape, scenario)) {
            scenario.run(probe, shape, expected);
        }
        expected.requireSame(actual);
    }

    private KernelProbe open(KernelProbe.Factory factory, Shape shape, Scenario scenario) {
        CompileOptions options = new CompileOptions(
                4096, threads, Scenario.MAX_ROWS, scenario.kvType(), 0, Progress.NONE, Cancellation.NEVER);
        return factory.open(
                shape.config(Scenario.LAYERS, Scenario.VOCABULARY, scenario.activation(), scenario.delta()), options);
    }
}
