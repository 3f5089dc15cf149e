package bitnet.cpu.vector;

import bitnet.KvType;
import bitnet.cpu.CodeRows;
import bitnet.cpu.DeltaWeights;
import bitnet.cpu.FloatRows;
import bitnet.cpu.GroupedTernary;
import bitnet.cpu.Int8Head;
import bitnet.cpu.Memory;
import bitnet.cpu.Operations;
import bitnet.cpu.PackedMatrix;
import bitnet.cpu.PackedTernary;
import bitnet.cpu.Rotation;
import bitnet.cpu.Scratch;
import bitnet.cpu.StepRows;
import bitnet.cpu.Table;
import bitnet.cpu.WideRows;
import bitnet.model.Activation;
import bitnet.model.AttentionScope;
import bitnet.model.DeltaShape;
import bitnet.model.ModelConfig;
import bitnet.model.ScaleGranularity;
import bitnet.scalar.Gate;
import bitnet.scalar.NormQuantize;
import bitnet.scalar.Quantize;
import bitnet.scalar.RmsNorm;
import bitnet.scalar.Sum256;
import bitnet.scalar.Walsh;
import bitnet.spi.Step;
import bitnet.tensor.Dequantize;
import bitnet.tensor.Int8Rows;
import bitnet.tensor.TernaryLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Operations in Java. Ternary products and those of int8 heads, where the time goes, are written with the Vector API; the others copy a row into
 * arrays and run the loops of {@code bitnet.scalar}, which the compiler turns into vectors.
 */
public final class VectorOperations implements Operations {
    private static final int CODES_PADDING = 128;

    private final float epsilon;
    private final VectorAttention attention;
    private final TernaryProduct product;

    /** For models of one shape. */
    public VectorOperations(ModelConfig config, KvType kvType) {
        this(config, kvType, TernaryProduct.best());
    }

    VectorOperations(ModelConfig config, KvType kvType, TernaryProduct product) {
        epsilon = config.normEpsilon();
        attention = new VectorAttention(config, kvType);
        this.product = product;
    }

    @Override
    public String isa() {
        return product.name();
    }

    @Override
    public long ternaryBytes(int rows, int columns) {
        return product.bytes(rows, columns);
    }

    @Override
    public long groupedBytes(int rows, int columns, ScaleGranularity granularity) {
        return GroupedProduct.bytes(rows, columns, granularity.columns());
    }

    @Override
    public long codesStride(int columns) {
        return Math.ceilDiv(columns, CODES_PADDING) * (long) CODES_PADDING;
    }

    @Override
    public long pageBytes() {
        return attention.pageBytes();
    }

    @Override
    public Scratch scratch(Memory memory, Arena arena, int columns, int tokens, int positions) {
        long input = TernaryProduct.TOKENS * product.inputBytes(columns);
        return new VectorScratch(memory, arena, input, columns, attention.scratch(positions));
    }

    @Override
    public void pack(PackedTernary w, int at, int count, MemorySegment canonical) {
        long rowBytes = TernaryLayout.rowBytes(w.columns());
        byte[] codes = new byte[(int) rowBytes * 4 + 16];
        for (int row = 0; row < count; row++) {
            unpack(canonical.asSlice(row * rowBytes, rowBytes), codes);
            Arrays.fill(codes, w.columns(), codes.length, (byte) 1);
            product.pack(w, at + row, codes);
        }
    }

    @Override
    public int pack(GroupedTernary w, int at, int count, MemorySegment canonical, MemorySegment scales) {
        long rowBytes = TernaryLayout.rowBytes(w.columns());
        long rowScales = (long) w.granularity().groups(w.columns()) * Short.BYTES;
        byte[] codes = new byte[(int) rowBytes * 4];
        int largest = 1;
        for (int row = 0; row < count; row++) {
            unpack(canonical.asSlice(row * rowBytes, rowBytes), codes);
            Arrays.fill(codes, w.columns(), codes.length, (byte) 1);
            largest = Math.max(largest, GroupedProduct.pack(w, at + row, codes, scales, row * rowScales));
        }
        return largest;
    }

    private static void unpack(MemorySegment row, byte[] codes) {
        int blocks = (int) (row.byteSize() / TernaryLayout.BLOCK_BYTES);
        for (int block = 0; block < blocks; block++) {
            for (int i = 0; i < TernaryLayout.BLOCK_BYTES; i++) {
                int packed = row.get(ValueLayout.JAVA_BYTE, (long) block * TernaryLayout.BLOCK_BYTES + i);
                int to = block * TernaryLayout.BLOCK_WEIGHTS + i;
                codes[to] = (byte) ((packed >> 6) & 3);
                codes[to + 32] = (byte) ((packed >> 4) & 3);
                codes[to + 64] = (byte) ((packed >> 2) & 3);
                codes[to + 96] = (byte) (packed & 3);
            }
        }
    }

    @Override
    public int leastTokens(PackedMatrix w) {
        return Integer.MAX_VALUE;
    }

    @Override
    public int leastRows(PackedMatrix w, int tokens) {
        return Integer.MAX_VALUE;
    }

    @Override
    public int tileTokens(PackedMatrix w) {
        return TernaryProduct.TOKENS;
    }

    @Override
    public void ternaryMatmul(
            PackedTernary w,
            int rowBegin,
            int rowEnd,
            CodeRows q,
            int tokenBegin,
            int tokenEnd,
            FloatRows y,
            boolean add,
            Scratch scratch) {
        VectorScratch own = (VectorScratch) scratch;
        MemorySegment input = own.input;
        long inputBytes = product.inputBytes(w.columns());
        for (int token = tokenBegin; token < tokenEnd; token += TernaryProduct.TOKENS) {
            int tokens = Math.min(TernaryProduct.TOKENS, tokenEnd - token);
            for (int i = 0; i < tokens; i++) {
                product.prepare(q, token + i, input, i * inputBytes);
            }
            for (int block = rowBegin / TernaryProduct.BLOCK; block * TernaryProduct.BLOCK < rowEnd; block++) {
                product.multiply(w, block, input, tokens, own.panel, own.sums);
                for (int i = 0; i < tokens; i++) {
                    product.store(w, block, rowEnd, q, token + i, y, add, own.sums, (long) i * TernaryProduct.BLOCK);
                }
            }
        }
    }

    @Override
    public void ternaryMatmul(
            GroupedTernary w,
            int rowBegin,
            int rowEnd,
            WideRows q,
            int tokenBegin,
            int tokenEnd,
            FloatRows y,
            boolean add,
            Scratch scratch) {
        GroupedProduct grouped = ((VectorScratch) scratch).grouped;
        for (int block = rowBegin / TernaryProduct.BLOCK; block * TernaryProduct.BLOCK < rowEnd; block++) {
            for (int token = tokenBegin; token < tokenEnd; token++) {
                grouped.multiply(w, block, rowEnd, q, token, y, add);
            }
        }
    }

    @Override
    public void embed(GroupedTernary table, StepRows step, int begin, int end, FloatRows x, Scratch scratch) {
        float[] row = ((VectorScratch) scratch).y;
        for (int i = begin; i < end; i++) {
            GroupedProduct.floats(table, step.tokens().getAtIndex(ValueLayout.JAVA_INT, i), row);
            store(row, x, i);
        }
    }

    @Override
    public void embed(Table table, StepRows step, int begin, int end, FloatRows x, Scratch scratch) {
        float[] row = ((VectorScratch) scratch).y;
        long rowBytes = table.source().type().rowBytes(table.columns());
        for (int i = begin; i < end; i++) {
            int token = step.tokens().getAtIndex(ValueLayout.JAVA_INT, i);
            Dequantize.row(table.source().type(), table.data(), token * rowBytes, table.columns(), row);
            store(row, x, i);
        }
    }

    private static void load(FloatRows rows, int row, float[] to) {
        MemorySegment.copy(
                rows.data(), ValueLayout.JAVA_FLOAT, row * rows.stride() * Float.BYTES, to, 0, rows.columns());
    }

    private static void store(float[] from, FloatRows rows, int row) {
        MemorySegment.copy(
                from, 0, rows.data(), ValueLayout.JAVA_FLOAT, row * rows.stride() * Float.BYTES, rows.columns());
    }

    private static void store(byte[] codes, float s, CodeRows q, int row) {
        MemorySegment.copy(codes, 0, q.codes(), ValueLayout.JAVA_BYTE, row * q.stride(), q.columns());
        q.scales().setAtIndex(ValueLayout.JAVA_FLOAT, row, s);
    }

    @Override
    public void quantize(FloatRows x, int begin, int end, CodeRows q, Scratch scratch) {
        VectorScratch own = (VectorScratch) scratch;
        for (int row = begin; row < end; row++) {
            load(x, row, own.x);
            store(own.codes, Quantize.row(own.x, 0, q.columns(), own.codes, 0), q, row);
        }
    }

    @Override
    public void normQuantize(FloatRows x, MemorySegment gain, int begin, int end, CodeRows q, Scratch scratch) {
        VectorScratch own = (VectorScratch) scratch;
        // The scalar loops take their length from the gain's, so it is a row's own.
        float[] weights = own.gain(gain, q.columns());
        for (int row = begin; row < end; row++) {
            load(x, row, own.x);
            float s = NormQuantize.row(own.x, 0, weights, epsilon, own.codes, 0, own.y, own.lanes);
            store(own.codes, s, q, row);
        }
    }

    private static void store(short[] codes, float step, WideRows q, int row) {
        MemorySegment.copy(codes, 0, q.codes(), ValueLayout.JAVA_SHORT, row * q.stride() * Short.BYTES, q.columns());
        q.steps().setAtIndex(ValueLayout.JAVA_FLOAT, row, step);
    }

    @Override
    public void quantize(FloatRows x, int begin, int end, WideRows q, Scratch scratch) {
        VectorScratch own = (VectorScratch) scratch;
        for (int row = begin; row < end; row++) {
            load(x, row, own.x);
            store(own.wide, Quantize.row(own.x, 0, q.columns(), own.wide, 0), q, row);
        }
    }

    @Override
    public void normQuantize(FloatRows x, MemorySegment gain, int begin, int end, WideRows q, Scratch scratch) {
        VectorScratch own = (VectorScratch) scratch;
        float[] weights = own.gain(gain, q.columns());
        for (int row = begin; row < end; row++) {
            load(x, row, own.x);
            store(own.wide, NormQuantize.row(own.x, 0, weights, epsilon, own.wide, 0, own.y, own.lanes), q, row);
        }
    }

    @Override
    public void norm(FloatRows x, MemorySegment gain, int begin, int end, FloatRows y, Scratch scratch) {
        VectorScratch own = (VectorScratch) scratch;
        float[] weights = own.gain(gain, x.columns());
        for (int row = begin; row < end; row++) {
            load(x, row, own.x);
            RmsNorm.row(own.x, 0, weights, epsilon, own.y, 0, own.lanes);
            store(own.y, y, row);
        }
    }

    @Override
    public void normAdd(FloatRows y, MemorySegment gain, int begin, int end, FloatRows x, Scratch scratch) {
        VectorScratch own = (VectorScratch) scratch;
        float[] weights = own.gain(gain, y.columns());
        for (int row = begin; row < end; row++) {
            load(y, row, own.x);
            RmsNorm.row(own.x, 0, weights, epsilon, own.y, 0, own.lanes);
            load(x, row, own.x);
            for (int i = 0; i < weights.length; i++) {
                own.x[i] += own.y[i];
            }
            store(own.x, x, row);
        }
    }

    @Override
    public void headNorm(
            MemorySegment gain, int from, int heads, int headDim, int begin, int end, FloatRows x, Scratch scratch) {
        VectorScratch own = (VectorScratch) scratch;
        float[] weights = own.gain(gain, headDim);
        for (int row = begin; row < end; row++) {
            for (int head = 0; head < heads; head++) {
                long at = (row * x.stride() + from + (long) head * headDim) * Float.BYTES;
                MemorySegment.copy(x.data(), ValueLayout.JAVA_FLOAT, at, own.x, 0, headDim);
                RmsNorm.row(own.x, 0, weights, epsilon, own.y, 0, own.lanes);
                MemorySegment.copy(own.y, 0, x.data(), ValueLayout.JAVA_FLOAT, at, headDim);
            }
        }
    }

    @Override
    public void outputNorm(
            FloatRows x, MemorySegment gain, StepRows step, int begin, int end, FloatRows y, Scratch scratch) {
        VectorScratch own = (VectorScratch) scratch;
        float[] weights = own.gain(gain, x.columns());
        for (int i = begin; i < end; i++) {
            load(x, step.outputs().getAtIndex(ValueLayout.JAVA_INT, i), own.x);
            RmsNorm.row(own.x, 0, weights, epsilon, own.y, 0, own.lanes);
            store(own.y, y, i);
        }
    }

    @Override
    public void gate(Activation activation, FloatRows gateUp, int begin, int end, FloatRows h, Scratch scratch) {
        VectorScratch own = (VectorScratch) scratch;
        for (int row = begin; row < end; row++) {
            load(gateUp, row, own.x);
            Gate.row(activation, own.x, 0, h.columns(), own.y, 0);
            store(own.y, h, row);
        }
    }

    @Override
    public void rotate(Rotation rotation, FloatRows x, int begin, int end, FloatRows y, Scratch scratch) {
        VectorScratch own = (VectorScratch) scratch;
        float[] signs = own.gain(rotation.signs(), rotation.columns());
        for (int row = begin; row < end; row++) {
            load(x, row, own.x);
            Walsh.rotate(own.x, 0, signs, rotation.block(), rotation.factor(), own.y, 0);
            store(own.y, y, row);
        }
    }

    @Override
    public void rotateBack(Rotation rotation, int begin, int end, FloatRows x, Scratch scratch) {
        VectorScratch own = (VectorScratch) scratch;
        float[] signs = own.gain(rotation.signs(), rotation.columns());
        for (int row = begin; row < end; row++) {
            load(x, row, own.x);
            Walsh.rotateBack(own.x, 0, signs, rotation.block(), rotation.factor());
            store(own.x, x, row);
        }
    }

    @Override
    public long stateLayerBytes(DeltaShape shape) {
        return (shape.matrixFloats() + shape.historyFloats()) * Float.BYTES;
    }

    @Override
    public void deltaNet(
            int layer,
            DeltaWeights weights,
            Step step,
            StepRows rows,
            int headBegin,
            int headEnd,
            FloatRows mixed,
            FloatRows out,
            Scratch scratch) {
        VectorDeltaNet net = ((VectorScratch) scratch).deltaNet(weights.shape(), epsilon);
        for (int head = headBegin; head < headEnd; head++) {
            net.run(layer, weights, step, head, mixed, out);
        }
    }

    @Override
    public void attentionGate(FloatRows gate, int begin, int end, FloatRows out, Scratch scratch) {
        VectorScratch own = (VectorScratch) scratch;
        for (int row = begin; row < end; row++) {
            load(gate, row, own.x);
            load(out, row, own.y);
            Gate.sigmoid(own.x, 0, out.columns(), own.y, 0);
            store(own.y, out, row);
        }
    }

    @Override
    public void ropeStore(
            int layer,
            MemorySegment cosines,
            MemorySegment sines,
            Step step,
            StepRows rows,
            int begin,
            int end,
            FloatRows qkv,
            Scratch scratch) {
        for (int row = begin; row < end; row++) {
            attention.ropeStore(layer, cosines, sines, step, row, qkv, ((VectorScratch) scratch).attention);
        }
    }

    @Override
    public void attention(
            int layer,
            AttentionScope scope,
            Step step,
            StepRows rows,
            int begin,
            int end,
            int headBegin,
            int headEnd,
            FloatRows qkv,
            FloatRows out,
            Scratch scratch) {
        for (int row = begin; row < end; row++) {
            attention.attention(
                    layer, scope, step, row, headBegin, headEnd, qkv, out, ((VectorScratch) scratch).attention);
        }
    }

    @Override
    public void logits(
            Table table,
            int rowBegin,
            int rowEnd,
            FloatRows y,
            int first,
            int outputs,
            FloatRows logits,
            Scratch scratch) {
        VectorScratch own = (VectorScratch) scratch;
        int columns = table.columns();
        long rowBytes = table.source().type().rowBytes(columns);
        for (int output = 0; output < outputs; output++) {
            load(y, first + output, own.x);
            for (int row = rowBegin; row < rowEnd; row++) {
                Dequantize.row(table.source().type(), table.data(), row * rowBytes, columns, own.y);
                float logit = Sum256.dot(own.y, 0, own.x, 0, columns, own.lanes);
                logits.data().setAtIndex(ValueLayout.JAVA_FLOAT, output * logits.stride() + row, logit);
            }
        }
    }

    /** Rows of codes one after another, padded with zeros, then the scales of all. */
    @Override
    public long int8HeadBytes(int rows, int columns) {
        return rows * (Int8Product.stride(columns) + Float.BYTES);
    }

    @Override
    public void packInt8Head(Int8Head head, Table table, int begin, int end, Scratch scratch) {
        VectorScratch own = (VectorScratch) scratch;
        int columns = table.columns();
        long rowBytes = table.source().type().rowBytes(columns);
        long stride = Int8Product.stride(columns);
        MemorySegment scales = head.packed().asSlice(head.rows() * stride);
        for (int row = begin; row < end; row++) {
            Dequantize.row(table.source().type(), table.data(), row * rowBytes, columns, own.y);
            scales.setAtIndex(ValueLayout.JAVA_FLOAT, row, Int8Rows.quantize(own.y, columns, own.codes));
            MemorySegment.copy(own.codes, 0, head.packed(), ValueLayout.JAVA_BYTE, row * stride, columns);
        }
    }

    @Override
    public void int8Logits(
            Int8Head head,
            int rowBegin,
            int rowEnd,
            CodeRows q,
            int first,
            int outputs,
            FloatRows logits,
            Scratch scratch) {
        long stride = Int8Product.stride(head.columns());
        long scales = head.rows() * stride;
        for (int row = rowBegin; row < rowEnd; row++) {
            float scale = head.packed().get(ValueLayout.JAVA_FLOAT, scales + (long) row * Float.BYTES);
            for (int output = 0; output < outputs; output++) {
                float sum = (float)
                        Int8Product.sum(head.packed(), row * stride, q.codes(), (first + output) * q.stride(), stride);
                float s = q.scales().getAtIndex(ValueLayout.JAVA_FLOAT, first + output);
                logits.data().setAtIndex(ValueLayout.JAVA_FLOAT, output * logits.stride() + row, sum * (scale / s));
            }
        }
    }

    /** By insertion: after the first few rows almost every row ends at the first comparison. */
    @Override
    public void top(FloatRows logits, int row, int k, MemorySegment ids, MemorySegment values) {
        int found = 0;
        for (int id = 0; id < logits.columns(); id++) {
            float score = logits.data().getAtIndex(ValueLayout.JAVA_FLOAT, row * logits.stride() + id);
            if (Float.isNaN(score) || (found == k && !(score > values.getAtIndex(ValueLayout.JAVA_FLOAT, k - 1)))) {
                continue;
            }
            int at = found < k ? found++ : k - 1;
            for (; at > 0 && score > values.getAtIndex(ValueLayout.JAVA_FLOAT, at - 1); at--) {
                values.setAtIndex(ValueLayout.JAVA_FLOAT, at, values.getAtIndex(ValueLayout.JAVA_FLOAT, at - 1));
                ids.setAtIndex(ValueLayout.JAVA_INT, at, ids.getAtIndex(ValueLayout.JAVA_INT, at - 1));
            }
            values.setAtIndex(ValueLayout.JAVA_FLOAT, at, score);
            ids.setAtIndex(ValueLayout.JAVA_INT, at, id);
        }
        for (; found < k; found++) {
            values.setAtIndex(ValueLayout.JAVA_FLOAT, found, Float.NEGATIVE_INFINITY);
            ids.setAtIndex(ValueLayout.JAVA_INT, found, -1);
        }
    }
}
