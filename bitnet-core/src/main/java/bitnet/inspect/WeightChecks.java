package bitnet.inspect;

import bitnet.BitNetException;
import bitnet.inspect.Finding.Severity;
import bitnet.model.FloatTable;
import bitnet.model.Layer;
import bitnet.model.TernaryTensor;
import bitnet.model.Transformer;
import bitnet.tensor.Dequantize;
import bitnet.tensor.TernaryLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Consumer;

/** Looks at every weight of a model for what goes wrong in practice. */
final class WeightChecks {
    /** Trained tensors have some 30 to 60 percent of zeros. */
    private static final double FEW_ZEROS = 0.02;

    private static final double MANY_ZEROS = 0.98;

    private static final String CONVERT = "convert the checkpoint again";
    private final Consumer<Finding> findings;

    WeightChecks(Consumer<Finding> findings) {
        this.findings = findings;
    }

    void check(Transformer model) {
        for (Layer layer : model.layers()) {
            for (TernaryTensor tensor : layer.matrices()) {
                ternary(tensor);
            }
        }
        table(FloatTable.require(model.embedding()));
        if (!model.isTied()) {
            table(FloatTable.require(model.head()));
        }
    }

    private void ternary(TernaryTensor tensor) {
        try (Arena arena = Arena.ofShared()) {
            TernaryTensor.Packed packed = tensor.pack(arena);
            scale(tensor.name(), packed.scale());
            zeros(tensor, packed.codes());
        } catch (BitNetException e) {
            error(tensor.name(), String.valueOf(e.getMessage()), "it cannot be read", CONVERT);
        }
    }

    private void scale(String name, float scale) {
        if (scale == 0 || Math.abs(scale) < Float.MIN_NORMAL) {
            error(name, "its scale is " + scale, "every product will be zero, or nearly", CONVERT);
        } else if (scale < 0) {
            error(name, "its scale is " + scale, "it turns the sign of every weight", CONVERT);
        }
    }

    private void zeros(TernaryTensor tensor, MemorySegment codes) {
        long rowBytes = TernaryLayout.rowBytes(tensor.columns());
        long padding = rowBytes * 4 - tensor.columns();
        long zeros = -padding * tensor.rows();
        for (long at = 0; at < rowBytes * tensor.rows(); at++) {
            // A code is 1, a zero, where its low bit is set: 0, 1 and 2 are all that occur.
            zeros += Integer.bitCount(codes.get(ValueLayout.JAVA_BYTE, at) & TernaryLayout.ZEROS);
        }
        double share = (double) zeros / ((double) tensor.rows() * tensor.columns());
        if (share < FEW_ZEROS || share > MANY_ZEROS) {
            error(
                    tensor.name(),
                    String.format(Locale.ROOT, "%.1f %% of its weights are zero", 100 * share),
                    "no trained tensor is like that: its weights were packed in another way than the file says",
                    CONVERT);
        }
    }

    private void table(FloatTable table) {
        try (Arena arena = Arena.ofShared()) {
            table(table, arena);
        }
    }

    private void table(FloatTable table, Arena arena) {
        MemorySegment data = table.data().load(arena);
        long rowBytes = table.type().rowBytes(table.columns());
        float[] first = new float[table.columns()];
        float[] row = new float[table.columns()];
        boolean allEqual = table.rows() > 1;
        int zeroRows = 0;
        for (int r = 0; r < table.rows(); r++) {
            Dequantize.row(table.type(), data, r * rowBytes, table.columns(), row);
            boolean zero = true;
            for (float value : row) {
                if (!Float.isFinite(value)) {
                    error(
                            table.name(),
                            "row " + r + " holds " + value,
                            "that token poisons whatever it is in",
                            CONVERT);
                    return;
                }
                zero &= value == 0;
            }
            zeroRows += zero ? 1 : 0;
            if (r == 0) {
                System.arraycopy(row, 0, first, 0, row.length);
            }
            allEqual &= Arrays.equals(first, row);
        }
        if (allEqual) {
            error(table.name(), "all its rows are equal", "every token looks the same to the model", CONVERT);
        } else if (zeroRows > 0) {
            findings.accept(new Finding(
                    Severity.NOTE,
                    table.name(),
                    zeroRows + " of its " + table.rows() + " rows are all zero",
                    "tokens that were never trained often are",
                    ""));
        }
    }

    private void error(String subject, String problem, String why, String cure) {
        findings.accept(new Finding(Severity.ERROR, subject, problem, why, cure));
    }
}
