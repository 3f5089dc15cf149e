package bitnet.inspect;

import bitnet.BitNetException;
import bitnet.inspect.Finding.Severity;
import bitnet.model.FloatTable;
import bitnet.model.HadamardRotation;
import bitnet.model.Head;
import bitnet.model.Layer;
import bitnet.model.ScaleGranularity;
import bitnet.model.TernaryTable;
import bitnet.model.TernaryTensor;
import bitnet.model.TokenTable;
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
        table(model.embedding());
        if (model.output() instanceof Head(TokenTable head, HadamardRotation _) && !model.isTied()) {
            table(head);
        }
    }

    private void ternary(TernaryTensor tensor) {
        try (Arena arena = Arena.ofShared()) {
            TernaryTensor.Packed packed = tensor.pack(arena);
            if (tensor.granularity() == ScaleGranularity.TENSOR) {
                scale(tensor.name(), packed.scale());
            }
            codes(tensor, packed.codes());
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

    private void codes(TernaryTensor tensor, MemorySegment codes) {
        long rowBytes = TernaryLayout.rowBytes(tensor.columns());
        long padding = rowBytes * 4 - tensor.columns();
        long zeros = -padding * tensor.rows();
        long twos = 0;
        for (long at = 0; at < rowBytes * tensor.rows(); at++) {
            int four = codes.get(ValueLayout.JAVA_BYTE, at);
            int low = four & TernaryLayout.ZEROS;
            int both = low & (four >> 1);
            zeros += Integer.bitCount(low ^ both);
            twos += Integer.bitCount(both);
        }
        if (twos > 0) {
            findings.accept(new Finding(
                    Severity.NOTE,
                    tensor.name(),
                    twos + " of its weights have code 3, which is +2",
                    "the format allows it, but programs that know ternary weights alone may read it as something else",
                    ""));
        }
        double share = (double) zeros / ((double) tensor.rows() * tensor.columns());
        // Weights of one bit have no zeros.
        if ((share < FEW_ZEROS && (zeros > 0 || tensor.granularity() == ScaleGranularity.TENSOR))
                || share > MANY_ZEROS) {
            error(
                    tensor.name(),
                    String.format(Locale.ROOT, "%.1f %% of its weights are zero", 100 * share),
                    "no trained tensor is like that: its weights were packed in another way than the file says",
                    CONVERT);
        }
    }

    private void table(TokenTable table) {
        switch (table) {
            case FloatTable floats -> floats(floats);
            case TernaryTable ternary -> ternary(ternary.tensor());
        }
    }

    private void floats(FloatTable table) {
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
