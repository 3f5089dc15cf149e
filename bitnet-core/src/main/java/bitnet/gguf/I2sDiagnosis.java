package bitnet.gguf;

import bitnet.tensor.I2sLayout;
import bitnet.tensor.TernaryConversion;
import bitnet.tensor.TernaryLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * In which layout the I2_S tensors of a file lie, by what training leaves in the weights. All three layouts hold the same four
 * codes a byte, so no single tensor gives it away: between {@link I2sLayout#X86} and {@link I2sLayout#ARM} only the order of the
 * columns differs. But unit {@code i} of the feed-forward network is row {@code i} of gate and up, and column {@code i} of down, and
 * training makes a unit sparse or dense in all three. The correlation between the share of non-zero weights in the rows and
 * that in the columns is high where the layout is right, and low where it is not: 0.85 against at most 0.21 on bitnet's demo
 * model, in each of the three layouts.
 *
 * <p>Weights that were never trained have no such trace. Then all correlations are about 0, and there is no verdict.
 *
 * @param correlations for every layout, the mean over layers and over gate and up; NaN where the shapes rule a layout out
 * @param units how many units were looked at
 * @param verdict the layout that the weights speak for, or null if they do not tell
 */
public record I2sDiagnosis(
        Map<I2sLayout, Double> correlations,
        long units,
        @Nullable I2sLayout verdict) {
    /** Standard errors above 0: one false verdict in a billion files of noise. */
    private static final double CERTAIN = 6;
    /** How much the best must exceed the second; measured: a factor of 4. */
    private static final double MARGIN = 1.5;

    /** Units, and rows of down, that are looked at in a layer: enough for a correlation of 0.2, and soon done. */
    private static final int SAMPLE = 512;

    private static final long LOW_BITS = 0x5555555555555555L;

    public I2sDiagnosis {
        correlations = Map.copyOf(correlations);
    }

    private record Layer(GgufTensor gate, GgufTensor up, GgufTensor down) {
        static @Nullable Layer of(GgufFile file, int index) {
            String prefix = "blk." + index + ".";
            GgufTensor gate = file.tensor(prefix + "ffn_gate.weight").orElse(null);
            GgufTensor up = file.tensor(prefix + "ffn_up.weight").orElse(null);
            GgufTensor down = file.tensor(prefix + "ffn_down.weight").orElse(null);
            if (gate == null || up == null || down == null || !isI2s(gate) || !isI2s(up) || !isI2s(down)) {
                return null;
            }
            boolean fits = up.dimensions().equals(gate.dimensions())
                    && up.dimensions().equals(down.dimensions().reversed());
            return fits ? new Layer(gate, up, down) : null;
        }

        private static boolean isI2s(GgufTensor tensor) {
            return tensor.typeId() == GgufTensorType.I2_S.id()
                    && tensor.dimensions().size() == 2
                    && tensor.dimensions().stream().allMatch(n -> n <= 1 << 24);
        }
    }

    /**
     * Looks at some layers of a file.
     *
     * @param maximumLayers how many; one is enough for a trained model
     * @return empty if no layer has its feed-forward network in I2_S
     */
    public static Optional<I2sDiagnosis> of(GgufFile file, int maximumLayers) {
        List<Layer> all = new ArrayList<>();
        for (Layer layer = Layer.of(file, 0); layer != null; layer = Layer.of(file, all.size())) {
            all.add(layer);
        }
        if (all.isEmpty()) {
            return Optional.empty();
        }
        int count = Math.min(maximumLayers, all.size());
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            layers.add(all.get((int) ((2L * i + 1) * all.size() / (2L * count))));
        }
        Map<I2sLayout, Double> correlations = new EnumMap<>(I2sLayout.class);
        for (Layer layer : layers) {
            try (Arena arena = Arena.ofShared()) {
                Codes gate = Codes.load(file, layer.gate(), arena);
                Codes up = Codes.load(file, layer.up(), arena);
                Codes down = Codes.load(file, layer.down(), arena);
                for (I2sLayout layout : I2sLayout.values()) {
                    correlations.merge(layout, correlation(gate, up, down, layout) / count, Double::sum);
                }
            }
        }
        long units = layers.stream()
                .mapToLong(layer -> Math.min(SAMPLE, layer.up().dimensions().getLast()))
                .sum();
        return Optional.of(new I2sDiagnosis(correlations, units, verdict(correlations, units)));
    }

    /** Whether the weights speak for another layout than this. */
    public boolean contradicts(I2sLayout assumed) {
        return verdict != null && verdict != assumed;
    }

    /** The finding, with its numbers. */
    @Override
    public String toString() {
        String numbers = correlations.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(e -> String.format(Locale.ROOT, "%s %.3f", e.getKey(), e.getValue()))
                .collect(Collectors.joining(", "));
        String finding = verdict == null
                ? "the weights do not tell the I2_S layout"
                : "the weights lie in the I2_S layout " + verdict;
        return finding + " (correlation over " + units + " units: " + numbers + ")";
    }

    private static @Nullable I2sLayout verdict(Map<I2sLayout, Double> correlations, long units) {
        I2sLayout best = null;
        double first = CERTAIN / Math.sqrt((double) units);
        double second = 0;
        for (var entry : correlations.entrySet()) {
            double correlation = entry.getValue();
            if (correlation > first) {
                second = best == null ? second : first;
                first = correlation;
                best = entry.getKey();
            } else if (correlation > second) {
                second = correlation;
            }
        }
        return first > MARGIN * second ? best : null;
    }

    /** The codes of a matrix, as they lie in the file. */
    private record Codes(MemorySegment stored, int rows, int columns) {
        static Codes load(GgufFile file, GgufTensor tensor, Arena arena) {
            MemorySegment stored =
                    file.data(tensor).slice(0, tensor.elements() / 4).load(arena);
            return new Codes(
                    stored,
                    Math.toIntExact(tensor.dimensions().getLast()),
                    Math.toIntExact(tensor.dimensions().getFirst()));
        }
    }

    private static double correlation(Codes gate, Codes up, Codes down, I2sLayout layout) {
        int units = Math.min(SAMPLE, down.columns());
        double[] columns = shares(down, layout, units, true);
        double ofGate = correlation(shares(gate, layout, units, false), columns);
        return (ofGate + correlation(shares(up, layout, units, false), columns)) / 2;
    }

    /** How many weights of the first units are not zero, by row or by column; empty if the tensor cannot have this layout. */
    private static double[] shares(Codes matrix, I2sLayout layout, int units, boolean byColumn) {
        int columns = matrix.columns();
        int rows = matrix.rows();
        if (layout.obstacle(rows, columns) != null) {
            return new double[0];
        }
        int sampled = byColumn ? Math.min(SAMPLE, rows) : units;
        long rowBytes = TernaryLayout.rowBytes(columns);
        try (Arena arena = Arena.ofShared()) {
            MemorySegment codes = arena.allocate(sampled * rowBytes, 64);
            TernaryConversion.pack(layout.rows(matrix.stored(), rows, columns), 0, sampled, codes);
            return byColumn ? columns(codes, sampled, units, rowBytes) : rows(codes, units, rowBytes);
        }
    }

    private static double[] rows(MemorySegment codes, int rows, long rowBytes) {
        double[] counts = new double[rows];
        for (int row = 0; row < rows; row++) {
            MemorySegment bytes = codes.asSlice(row * rowBytes, rowBytes);
            int words = (int) (rowBytes / Long.BYTES);
            int count = 0;
            for (int word = 0; word < words; word++) {
                count += Long.bitCount(nonZero(bytes.get(ValueLayout.JAVA_LONG_UNALIGNED, (long) word * Long.BYTES)));
            }
            counts[row] = count;
        }
        return counts;
    }

    private static double[] columns(MemorySegment codes, int rows, int columns, long rowBytes) {
        int blocks = Math.ceilDiv(columns, TernaryLayout.BLOCK_WEIGHTS);
        int[] counts = new int[blocks * TernaryLayout.BLOCK_WEIGHTS];
        for (int row = 0; row < rows; row++) {
            for (int block = 0; block < blocks; block++) {
                long from = row * rowBytes + (long) block * TernaryLayout.BLOCK_BYTES;
                int column = block * TernaryLayout.BLOCK_WEIGHTS;
                for (int p = 0; p < TernaryLayout.BLOCK_BYTES; p++) {
                    int four = (int) nonZero(codes.get(ValueLayout.JAVA_BYTE, from + p));
                    counts[column + p] += (four >> 6) & 1;
                    counts[column + 32 + p] += (four >> 4) & 1;
                    counts[column + 64 + p] += (four >> 2) & 1;
                    counts[column + 96 + p] += four & 1;
                }
            }
        }
        double[] shares = new double[columns];
        for (int column = 0; column < columns; column++) {
            shares[column] = counts[column];
        }
        return shares;
    }

    /** The low bit of each pair that is not the code of a zero. */
    private static long nonZero(long codes) {
        long others = codes ^ LOW_BITS;
        return (others | (others >>> 1)) & LOW_BITS;
    }

    /** Pearson's; 0 if either side is constant, NaN if there are no numbers. */
    private static double correlation(double[] x, double[] y) {
        int n = x.length;
        if (n == 0 || y.length != n) {
            return Double.NaN;
        }
        double meanX = 0;
        double meanY = 0;
        for (int i = 0; i < n; i++) {
            meanX += x[i] / n;
            meanY += y[i] / n;
        }
        double xx = 0;
        double yy = 0;
        double xy = 0;
        for (int i = 0; i < n; i++) {
            xx += (x[i] - meanX) * (x[i] - meanX);
            yy += (y[i] - meanY) * (y[i] - meanY);
            xy += (x[i] - meanX) * (y[i] - meanY);
        }
        return xx == 0 || yy == 0 ? 0 : xy / Math.sqrt(xx * yy);
    }
}
