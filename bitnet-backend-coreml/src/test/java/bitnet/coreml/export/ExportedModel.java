package bitnet.coreml.export;

import bitnet.coreml.artifact.Artifact;
import bitnet.coreml.artifact.Function;
import bitnet.coreml.artifact.Manifest;
import bitnet.coreml.artifact.ModelPackage;
import bitnet.coreml.artifact.Role;
import bitnet.coreml.interpreter.MilModel;
import bitnet.coreml.interpreter.Tensor;
import bitnet.model.FloatTable;
import bitnet.model.ModelConfig;
import bitnet.model.Transformer;
import bitnet.scalar.RopeTable;
import bitnet.tensor.Dequantize;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One text through the packages of an export, computed by the interpreter: prompts by prefill, the rest token by token. */
final class ExportedModel {
    private final Transformer model;
    private final ModelConfig config;
    private final Manifest manifest;
    private final List<MilModel> blocks = new ArrayList<>();
    private final List<MilModel> heads = new ArrayList<>();
    private final List<Map<String, Tensor>> states = new ArrayList<>();
    private int position;

    ExportedModel(Artifact artifact, Transformer model) throws IOException {
        this.model = model;
        config = model.config();
        manifest = artifact.manifest();
        for (ModelPackage one : manifest.packages(Role.BLOCKS)) {
            blocks.add(MilModel.load(artifact.path(one)));
        }
        for (ModelPackage one : manifest.packages(Role.HEAD)) {
            heads.add(MilModel.load(artifact.path(one)));
        }
        restart();
    }

    /** Forgets the text. */
    void restart() {
        position = 0;
        states.clear();
        blocks.forEach(block -> states.add(block.newState(Function.DECODE)));
    }

    /** The magnitudes of all values in all calls so far, by package, function and name. */
    Map<String, Float> magnitudes() {
        Map<String, Float> all = new HashMap<>();
        for (int i = 0; i < blocks.size(); i++) {
            String name = "blocks-" + i + "/";
            blocks.get(i).magnitudes().forEach((value, magnitude) -> all.put(name + value, magnitude));
        }
        for (int i = 0; i < heads.size(); i++) {
            String name = "head-" + i + "/";
            heads.get(i).magnitudes().forEach((value, magnitude) -> all.put(name + value, magnitude));
        }
        return all;
    }

    /** Appends a prompt in as few calls as may be; the logits after its last token. */
    float[] prefill(int... tokens) {
        int batch = manifest.prefillBatch();
        float[] last = {};
        for (int from = 0; from < tokens.length; from += batch) {
            int count = Math.min(batch, tokens.length - from);
            int[] padded = java.util.Arrays.copyOf(java.util.Arrays.copyOfRange(tokens, from, from + count), batch);
            last = column(run(Function.PREFILL, padded), count - 1, batch);
            position += count;
        }
        return logits(last);
    }

    /** Appends a token; the logits after it. */
    float[] decode(int token) {
        float[] y = run(Function.DECODE, token);
        position++;
        return logits(y);
    }

    private float[] run(String function, int... tokens) {
        int count = tokens.length;
        Map<String, Tensor> inputs = inputs(tokens);
        for (int i = 0; i < blocks.size(); i++) {
            Tensor y = blocks.get(i).predict(function, inputs, states.get(i)).get(Function.Y);
            inputs.put(Function.X, y);
        }
        return inputs.get(Function.X).data();
    }

    private float[] logits(float[] x) {
        float[] logits = new float[config.vocabulary()];
        List<ModelPackage> packages = manifest.packages(Role.HEAD);
        for (int i = 0; i < heads.size(); i++) {
            Map<String, Tensor> parts = heads.get(i)
                    .predict(Function.HEAD, Map.of(Function.X, Tensor.ofFloats(x, 1, config.hidden(), 1, 1)), Map.of());
            int at = packages.get(i).first();
            for (var output : packages.get(i).function(Function.HEAD).outputs()) {
                float[] part = parts.get(output.name()).data();
                System.arraycopy(part, 0, logits, at, part.length);
                at += part.length;
            }
        }
        return logits;
    }

    private static float[] column(float[] rows, int column, int columns) {
        float[] values = new float[rows.length / columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = rows[i * columns + column];
        }
        return values;
    }

    private Map<String, Tensor> inputs(int... tokens) {
        int count = tokens.length;
        int dim = config.headDim();
        int group = config.heads() / config.kvHeads();
        float[] x = new float[config.hidden() * count];
        float[] mask = new float[group * count * manifest.context()];
        float[] cos = new float[count * dim];
        float[] sin = new float[count * dim];
        float[] row = new float[config.hidden()];
        float[] angles = RopeTable.rows(config.rope(), position, count);
        for (int t = 0; t < count; t++) {
            FloatTable table = FloatTable.require(model.embedding());
            long at = tokens[t] * table.type().rowBytes(row.length);
            Dequantize.row(table.type(), table.data().load(Arena.ofAuto()), at, row.length, row);
            for (int i = 0; i < row.length; i++) {
                x[i * count + t] = row[i] * manifest.residualScale();
            }
            for (int g = 0; g < group; g++) {
                for (int p = position + t + 1; p < manifest.context(); p++) {
                    mask[(g * count + t) * manifest.context() + p] = manifest.maskValue();
                }
            }
            for (int i = 0; i < dim; i++) {
                cos[t * dim + i] = angles[t * dim + i % (dim / 2)];
                sin[t * dim + i] = angles[t * dim + dim / 2 + i % (dim / 2)];
            }
        }
        Map<String, Tensor> inputs = new HashMap<>();
        inputs.put(Function.X, Tensor.ofFloats(x, 1, config.hidden(), 1, count));
        inputs.put(Function.MASK, Tensor.ofFloats(mask, 1, 1, group * count, manifest.context()));
        inputs.put(Function.COS, Tensor.ofFloats(cos, 1, 1, count, dim));
        inputs.put(Function.SIN, Tensor.ofFloats(sin, 1, 1, count, dim));
        inputs.put(Function.POSITION, Tensor.ofInts(new int[] {position}, 1));
        return inputs;
    }
}
