package bitnet.scalar;

import bitnet.model.DeltaShape;
import bitnet.model.FloatTable;
import bitnet.model.GatedDeltaNet;
import bitnet.model.ModelConfig;
import bitnet.tensor.Dequantize;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Objects;

/** A layer of gated DeltaNet in double, by the formulas of transformers' code, for {@link FloatForward}. */
final class FloatDeltaNet {
    private final ModelConfig config;
    private final DeltaShape shape;
    private final GatedDeltaNet net;
    private final FloatForward forward;
    private final double[][] alpha;
    private final double[][] beta;
    private final double[][] past;
    private final double[][][] states;

    FloatDeltaNet(ModelConfig config, GatedDeltaNet net, FloatForward forward) {
        this.config = config;
        this.net = net;
        this.forward = forward;
        shape = Objects.requireNonNull(config.delta());
        alpha = floats(net.alpha());
        beta = floats(net.beta());
        past = new double[shape.kernel()][shape.channels()];
        states = new double[shape.valueHeads()][shape.headDim()][shape.headDim()];
    }

    void run(float[] norm, double[][] x) {
        for (double[] row : x) {
            double[] y = forward.norm(row, norm);
            double[] mixed = convolved(forward.multiply(net.mix(), y));
            double[] gate = forward.multiply(net.gate(), y);
            double[] forgetting = FloatForward.multiply(alpha, y);
            double[] rate = FloatForward.multiply(beta, y);
            double[] out = new double[shape.valueWidth()];
            for (int head = 0; head < shape.valueHeads(); head++) {
                double softplus = Math.log1p(Math.exp(forgetting[head] + net.timeBias()[head]));
                double kept = Math.exp(net.decay()[head] * softplus);
                double[] read = step(head, mixed, kept, 1 / (1 + Math.exp(-rate[head])));
                double[] normed = forward.norm(read, net.norm());
                int place = net.grouped() ? shape.grouped(head) : head;
                for (int i = 0; i < normed.length; i++) {
                    double z = gate[head * normed.length + i];
                    out[place * normed.length + i] = normed[i] * z / (1 + Math.exp(-z));
                }
            }
            FloatForward.add(row, forward.multiply(net.output(), out));
        }
    }

    private double[] convolved(double[] u) {
        int kernel = shape.kernel();
        System.arraycopy(past, 1, past, 0, kernel - 1);
        past[kernel - 1] = u;
        double[] c = new double[u.length];
        for (int channel = 0; channel < c.length; channel++) {
            for (int k = 0; k < kernel; k++) {
                c[channel] += net.convolution()[channel * kernel + k] * past[k][channel];
            }
            c[channel] /= 1 + Math.exp(-c[channel]);
        }
        return c;
    }

    private double[] step(int head, double[] mixed, double kept, double rate) {
        int dim = shape.headDim();
        int from = head % shape.keyHeads() * dim;
        double[] q = unit(mixed, from);
        double[] k = unit(mixed, shape.keyWidth() + from);
        double[][] state = states[head];
        double[] read = new double[dim];
        for (int c = 0; c < dim; c++) {
            double known = 0;
            for (int i = 0; i < dim; i++) {
                state[i][c] *= kept;
                known += state[i][c] * k[i];
            }
            double error = rate * (mixed[2 * shape.keyWidth() + head * dim + c] - known);
            for (int i = 0; i < dim; i++) {
                state[i][c] += k[i] * error;
                read[c] += state[i][c] * q[i] / Math.sqrt(dim);
            }
        }
        return read;
    }

    private double[] unit(double[] x, int from) {
        double[] y = Arrays.copyOfRange(x, from, from + shape.headDim());
        double length = Math.sqrt(Arrays.stream(y).map(v -> v * v).sum() + 1e-6);
        return Arrays.stream(y).map(v -> v / length).toArray();
    }

    private static double[][] floats(FloatTable table) {
        double[][] w = new double[table.rows()][table.columns()];
        float[] row = new float[table.columns()];
        long bytes = table.type().rowBytes(table.columns());
        try (Arena arena = Arena.ofConfined()) {
            var data = table.data().load(arena);
            for (int r = 0; r < w.length; r++) {
                Dequantize.row(table.type(), data, r * bytes, row.length, row);
                for (int i = 0; i < row.length; i++) {
                    w[r][i] = row[i];
                }
            }
        }
        return w;
    }
}
