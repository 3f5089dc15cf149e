package bitnet.scalar;

import bitnet.model.Attention;
import bitnet.model.FloatTable;
import bitnet.model.GatedDeltaNet;
import bitnet.model.GatedFeedForward;
import bitnet.model.HadamardRotation;
import bitnet.model.Head;
import bitnet.model.Layer;
import bitnet.model.Linear;
import bitnet.model.ModelConfig;
import bitnet.model.TernaryTable;
import bitnet.model.TernaryTensor;
import bitnet.model.TokenTable;
import bitnet.model.Transformer;
import bitnet.tensor.TernaryLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A described model with activations that are never rounded, in double: what its formulas and its weights give, whatever the
 * kernels make of them. Written without the kernels' code.
 */
final class FloatForward {
    private final Transformer model;
    private final ModelConfig config;
    private final Map<TernaryTensor, double[][]> matrices = new HashMap<>();

    FloatForward(Transformer model) {
        this.model = model;
        this.config = model.config();
    }

    /** The logits after each token. */
    double[][] logits(int[] tokens) {
        double[][] embedding = table(model.embedding());
        double[][] x = new double[tokens.length][];
        for (int t = 0; t < tokens.length; t++) {
            x[t] = embedding[tokens[t]].clone();
            if (model.embeddingRotation() != null) {
                x[t] = signed(transformed(x[t], model.embeddingRotation()), model.embeddingRotation());
            }
        }
        for (Layer layer : model.layers()) {
            switch (layer.mixer()) {
                case Attention attention -> attend(attention, layer.mixerNorm(), x);
                case GatedDeltaNet net -> new FloatDeltaNet(config, net, this).run(layer.mixerNorm(), x);
            }
            for (double[] row : x) {
                GatedFeedForward network = layer.gated();
                double[] y = norm(row, layer.feedForwardNorm());
                double[] gate = multiply(network.gate(), y);
                double[] up = multiply(network.up(), y);
                for (int i = 0; i < gate.length; i++) {
                    gate[i] = gate[i] / (1 + Math.exp(-gate[i])) * up[i];
                }
                add(row, multiply(network.down(), gate));
            }
        }
        double[][] head = model.isTied() ? embedding : table(model.head());
        double[][] logits = new double[tokens.length][];
        for (int t = 0; t < tokens.length; t++) {
            double[] y = norm(x[t], model.outputNorm());
            logits[t] = multiply(head, rotated(y, ((Head) model.output()).rotation()));
        }
        return logits;
    }

    private void attend(Attention attention, float[] mixerNorm, double[][] x) {
        int headDim = config.headDim();
        int group = config.heads() / config.kvHeads();
        List<double[]> keys = new ArrayList<>();
        List<double[]> values = new ArrayList<>();
        for (int t = 0; t < x.length; t++) {
            double[] y = norm(x[t], mixerNorm);
            double[] q = multiply(attention.query(), y);
            double[] k = multiply(attention.key(), y);
            Attention.HeadNorms norms = attention.headNorms();
            heads(q, norms == null ? null : norms.query(), t);
            heads(k, norms == null ? null : norms.key(), t);
            keys.add(k);
            values.add(multiply(attention.value(), y));
            double[] out = new double[q.length];
            for (int head = 0; head < config.heads(); head++) {
                int from = head / group * headDim;
                double[] weights = new double[t + 1];
                double sum = 0;
                for (int j = 0; j <= t; j++) {
                    double score = 0;
                    for (int d = 0; d < headDim; d++) {
                        score += q[head * headDim + d] * keys.get(j)[from + d];
                    }
                    weights[j] = Math.exp(score / Math.sqrt(headDim));
                    sum += weights[j];
                }
                for (int j = 0; j <= t; j++) {
                    for (int d = 0; d < headDim; d++) {
                        out[head * headDim + d] += weights[j] / sum * values.get(j)[from + d];
                    }
                }
            }
            if (attention.gate() != null) {
                double[] gate = multiply(attention.gate(), y);
                for (int i = 0; i < out.length; i++) {
                    out[i] /= 1 + Math.exp(-gate[i]);
                }
            }
            add(x[t], multiply(attention.output(), out));
        }
    }

    private void heads(double[] x, float[] norm, int position) {
        int headDim = config.headDim();
        float[] frequencies = config.rope().inverseFrequencies();
        for (int from = 0; from < x.length; from += headDim) {
            if (norm != null) {
                double[] normed = norm(java.util.Arrays.copyOfRange(x, from, from + headDim), norm);
                System.arraycopy(normed, 0, x, from, headDim);
            }
            for (int i = 0; i < headDim / 2; i++) {
                double angle = position * (double) frequencies[i];
                double cos = Math.cos(angle) * config.rope().magnitude();
                double sin = Math.sin(angle) * config.rope().magnitude();
                double a = x[from + i];
                double b = x[from + i + headDim / 2];
                x[from + i] = a * cos - b * sin;
                x[from + i + headDim / 2] = b * cos + a * sin;
            }
        }
    }

    double[] norm(double[] x, float[] gain) {
        double squares = 0;
        for (double value : x) {
            squares += value * value;
        }
        double r = 1 / Math.sqrt(squares / x.length + config.normEpsilon());
        double[] y = new double[x.length];
        for (int i = 0; i < y.length; i++) {
            y[i] = x[i] * r * gain[i];
        }
        return y;
    }

    double[] multiply(Linear linear, double[] x) {
        double[] y = rotated(x, linear.rotation());
        return multiply(matrices.computeIfAbsent(linear.weight(), FloatForward::weights), y);
    }

    private static double[] rotated(double[] x, @Nullable HadamardRotation rotation) {
        return rotation == null ? x : transformed(signed(x, rotation), rotation);
    }

    private static double[] signed(double[] x, HadamardRotation rotation) {
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = x[i] * rotation.signs()[i];
        }
        return y;
    }

    /** By the definition of the matrix, element by element. */
    private static double[] transformed(double[] x, HadamardRotation rotation) {
        int block = rotation.block();
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            int from = i / block * block;
            for (int j = 0; j < block; j++) {
                double sign = Integer.bitCount(i % block & j) % 2 == 0 ? 1 : -1;
                y[i] += sign * x[from + j] / Math.sqrt(block);
            }
        }
        return y;
    }

    static double[] multiply(double[][] w, double[] x) {
        double[] y = new double[w.length];
        for (int r = 0; r < w.length; r++) {
            for (int i = 0; i < x.length; i++) {
                y[r] += w[r][i] * x[i];
            }
        }
        return y;
    }

    static void add(double[] x, double[] y) {
        for (int i = 0; i < x.length; i++) {
            x[i] += y[i];
        }
    }

    private double[][] table(TokenTable table) {
        return switch (table) {
            case TernaryTable ternary -> weights(ternary.tensor());
            case FloatTable floats -> throw new AssertionError(floats.name());
        };
    }

    private static double[][] weights(TernaryTensor tensor) {
        double[][] w = new double[tensor.rows()][tensor.columns()];
        try (Arena arena = Arena.ofConfined()) {
            TernaryTensor.Packed packed = tensor.pack(arena);
            int group = tensor.granularity().columns();
            int groups = tensor.granularity().groups(tensor.columns());
            long rowBytes = TernaryLayout.rowBytes(tensor.columns());
            for (int r = 0; r < w.length; r++) {
                for (int i = 0; i < w[r].length; i++) {
                    int four = packed.codes().get(ValueLayout.JAVA_BYTE, r * rowBytes + TernaryLayout.byteOf(i));
                    int code = four >> TernaryLayout.shiftOf(i) & 3;
                    short scale =
                            packed.groupScales().getAtIndex(ValueLayout.JAVA_SHORT, (long) r * groups + i / group);
                    w[r][i] = (code - 1) * (double) Float.float16ToFloat(scale);
                }
            }
        }
        return w;
    }
}
