package bitnet.scalar;

import bitnet.HeadType;
import bitnet.KvType;
import bitnet.model.Activation;
import bitnet.model.FloatTable;
import bitnet.model.ModelConfig;
import bitnet.model.TernaryTensor;
import bitnet.spi.CompileOptions;
import bitnet.spi.Kernels;
import bitnet.spi.Step;
import bitnet.tensor.Int8Rows;
import java.util.ArrayList;
import java.util.List;

/** {@link Kernels} that execute each operation at once, on arrays. Weights stay where the model has them. */
public final class ScalarKernels implements Kernels {
    private final ModelConfig config;
    private final KvType kvType;
    private final RopeTable rope;
    private final Attention attention;
    private final TernaryMatmul matmul = new TernaryMatmul();
    private final float[] lanes = new float[Sum256.LANES];
    private final CountingArena arena = new CountingArena();
    private final List<ScalarFloats> floats = new ArrayList<>();
    private final List<ScalarQuantized> codes = new ArrayList<>();
    private float[] row = {};
    private long headBytes;
    private Step step = new Step(0);
    private boolean closed;

    /** Kernels for models of one shape. */
    public ScalarKernels(ModelConfig config, CompileOptions options) {
        this.config = config;
        kvType = options.kvType();
        rope = new RopeTable(config.ropeInverseFrequencies());
        attention = new Attention(config.heads(), config.kvHeads(), config.headDim());
    }

    private record Weights(float[] weights) implements Gain {}

    private record Table(FloatTable table) implements Embedding, Head {}

    /** With room for a row of codes, and for the outputs' codes. */
    private record Int8Head(Int8Rows rows, byte[] row, ScalarQuantized outputs) implements Head {}

    private record Part(TernaryTensor.Packed weights, int rows) {}

    private record Stack(List<Part> parts, int rows, int columns) implements TernaryMatrix {}

    @Override
    public Floats floats(int columns) {
        ScalarFloats rows = new ScalarFloats(columns);
        floats.add(rows);
        return rows;
    }

    @Override
    public Quantized quantized(int columns) {
        ScalarQuantized rows = new ScalarQuantized(columns);
        codes.add(rows);
        return rows;
    }

    @Override
    public Gain gain(float[] weights) {
        reserveRow(weights.length);
        return new Weights(weights.clone());
    }

    @Override
    public TernaryMatrix ternary(List<TernaryTensor> stacked) {
        List<Part> parts = new ArrayList<>(stacked.size());
        int rows = 0;
        for (TernaryTensor tensor : stacked) {
            parts.add(new Part(tensor.pack(arena), tensor.rows()));
            rows += tensor.rows();
        }
        return new Stack(List.copyOf(parts), rows, stacked.getFirst().columns());
    }

    @Override
    public Embedding embedding(FloatTable table) {
        reserveRow(table.columns());
        return new Table(table);
    }

    @Override
    public Head head(FloatTable table, HeadType type) {
        return switch (type) {
            case EXACT -> {
                reserveRow(table.columns());
                yield new Table(table);
            }
            case INT8 -> int8Head(table);
        };
    }

    private Head int8Head(FloatTable table) {
        Int8Rows rows = Int8Rows.of(table.type(), table.data(), table.rows(), table.columns(), arena);
        ScalarQuantized outputs = new ScalarQuantized(table.columns());
        codes.add(outputs);
        headBytes += (long) Float.BYTES * table.rows() + table.columns();
        return new Int8Head(rows, new byte[table.columns()], outputs);
    }

    private void reserveRow(int columns) {
        if (row.length < columns) {
            row = new float[columns];
        }
    }

    @Override
    public Cache cache() {
        return new KvCache(config, kvType);
    }

    @Override
    public void run(Step step, Runnable program) {
        this.step = step;
        for (int i = 0; i < floats.size(); i++) {
            floats.get(i).reserve(step.rows());
        }
        for (int i = 0; i < codes.size(); i++) {
            codes.get(i).reserve(step.rows());
        }
        program.run();
    }

    @Override
    public void embed(Embedding table, Floats x) {
        Embed.rows(step, ((Table) table).table(), ((ScalarFloats) x).data(), row);
    }

    @Override
    public void normQuantize(Floats x, Gain gain, Quantized q) {
        float[] from = ((ScalarFloats) x).data();
        float[] weights = ((Weights) gain).weights();
        ScalarQuantized to = (ScalarQuantized) q;
        for (int i = 0; i < step.rows(); i++) {
            int at = i * weights.length;
            to.factors()[i] = NormQuantize.row(from, at, weights, config.normEpsilon(), to.codes(), at, row, lanes);
        }
    }

    @Override
    public void quantize(Floats x, Quantized q) {
        float[] from = ((ScalarFloats) x).data();
        ScalarQuantized to = (ScalarQuantized) q;
        for (int i = 0; i < step.rows(); i++) {
            int at = i * to.columns();
            to.factors()[i] = Quantize.row(from, at, to.columns(), to.codes(), at);
        }
    }

    @Override
    public void ternaryMatmul(TernaryMatrix w, Quantized q, Floats y) {
        multiply((Stack) w, (ScalarQuantized) q, (ScalarFloats) y, false);
    }

    @Override
    public void ternaryMatmulAdd(TernaryMatrix w, Quantized q, Floats x) {
        multiply((Stack) w, (ScalarQuantized) q, (ScalarFloats) x, true);
    }

    private void multiply(Stack w, ScalarQuantized q, ScalarFloats y, boolean add) {
        int at = 0;
        for (int i = 0; i < w.parts().size(); i++) {
            Part part = w.parts().get(i);
            matmul.multiply(
                    part.weights(),
                    part.rows(),
                    w.columns(),
                    q.codes(),
                    q.factors(),
                    step.rows(),
                    y.data(),
                    at,
                    w.rows(),
                    add);
            at += part.rows();
        }
    }

    @Override
    public void ropeStore(int layer, Floats qkv) {
        ScalarFloats rows = (ScalarFloats) qkv;
        for (int i = 0; i < step.rows(); i++) {
            KvCache cache = (KvCache) step.cache(i);
            RopeStore.row(rows.data(), i * rows.columns(), config.heads(), rope, cache, layer, step.position(i));
        }
    }

    @Override
    public void attention(int layer, Floats qkv, Floats out) {
        ScalarFloats from = (ScalarFloats) qkv;
        ScalarFloats to = (ScalarFloats) out;
        for (int i = 0; i < step.rows(); i++) {
            KvCache cache = (KvCache) step.cache(i);
            int position = step.position(i);
            attention.row(cache, layer, position, from.data(), i * from.columns(), to.data(), i * to.columns());
        }
    }

    @Override
    public void gate(Activation activation, Floats gateUp, Floats h) {
        ScalarFloats from = (ScalarFloats) gateUp;
        ScalarFloats to = (ScalarFloats) h;
        for (int i = 0; i < step.rows(); i++) {
            Gate.row(activation, from.data(), i * from.columns(), to.columns(), to.data(), i * to.columns());
        }
    }

    @Override
    public void outputNorm(Floats x, Gain gain, Floats y) {
        float[] weights = ((Weights) gain).weights();
        OutputNorm.rows(
                step, ((ScalarFloats) x).data(), weights, config.normEpsilon(), ((ScalarFloats) y).data(), lanes);
    }

    @Override
    public void logits(Head head, Floats y) {
        float[] rows = ((ScalarFloats) y).data();
        switch (head) {
            case Int8Head(Int8Rows codes, byte[] codesRow, ScalarQuantized q) -> {
                for (int i = 0; i < step.outputs(); i++) {
                    int at = i * q.columns();
                    q.factors()[i] = Quantize.row(rows, at, q.columns(), q.codes(), at);
                }
                Int8Logits.rows(step, codes, q.codes(), q.factors(), codesRow);
            }
            default -> HeadLogits.rows(step, ((Table) head).table(), rows, row, lanes);
        }
    }

    @Override
    public long memoryBytes() {
        long bytes = arena.bytes() + headBytes + rope.memoryBytes() + matmul.memoryBytes();
        for (ScalarFloats rows : floats) {
            bytes += (long) Float.BYTES * rows.data().length;
        }
        for (ScalarQuantized rows : codes) {
            bytes += rows.codes().length + (long) Float.BYTES * rows.factors().length;
        }
        return bytes;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            arena.close();
        }
    }
}
