package bitnet.gguf;

import bitnet.ModelUnsupportedException;
import bitnet.family.Hybrid;
import bitnet.model.DeltaShape;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What the keys of architecture {@code qwen35} say of its layers, with llama.cpp's defaults. */
final class GgufHybrid {
    static final String INTERVAL = "full_attention_interval";
    static final String RECURRENT = "attention.recurrent_layers";
    static final String PREDICTING = "nextn_predict_layers";
    static final String KERNEL = "ssm.conv_kernel";
    static final String STATE = "ssm.state_size";
    static final String KEY_HEADS = "ssm.group_count";
    static final String VALUE_HEADS = "ssm.time_step_rank";
    static final String INNER = "ssm.inner_size";
    /** Which dimensions turn by which coordinate of a picture; of a text all coordinates are the position. */
    static final String SECTIONS = "rope.dimension_sections";

    private static final int USUAL_INTERVAL = 4;
    private static final int MAXIMUM_DIM = 512;
    private static final int MAXIMUM_WIDTH = 1 << 20;

    private final GgufMetadata metadata;
    private final String source;
    private final String prefix;
    private final int layers;

    /** @param blocks the file's number of blocks */
    GgufHybrid(GgufFile file, int blocks) {
        metadata = file.metadata();
        source = file.source();
        prefix = GgufArchitecture.QWEN35.label() + ".";
        layers = blocks - predicting(file, blocks);
    }

    /** How many blocks at the end predict tokens behind the next one: they are counted as blocks, and not run. */
    static int predicting(GgufFile file, int blocks) {
        String key = GgufArchitecture.QWEN35.label() + "." + PREDICTING;
        return file.metadata().integer(key, 0, blocks - 1).orElse(0);
    }

    /** The shape of the layers that are gated DeltaNet. */
    DeltaShape shape() {
        int dim = required(STATE, MAXIMUM_DIM);
        int keyHeads = required(KEY_HEADS, MAXIMUM_WIDTH / dim);
        int valueHeads = required(VALUE_HEADS, MAXIMUM_WIDTH / dim);
        int inner = required(INNER, MAXIMUM_WIDTH);
        if (valueHeads % keyHeads != 0) {
            throw metadata.problem(
                    prefix + VALUE_HEADS, valueHeads + " is not a multiple of " + keyHeads + " key heads");
        }
        if (inner != valueHeads * dim) {
            throw metadata.problem(prefix + INNER, inner + " is not " + valueHeads + " heads of " + dim);
        }
        return new DeltaShape(delta().size(), keyHeads, valueHeads, dim, required(KERNEL, 64));
    }

    /**
     * Which layers are what.
     *
     * @param turning dimensions of a head that turn by position
     */
    Hybrid hybrid(int turning, boolean groupedValues) {
        return new Hybrid(delta(), turning, groupedValues);
    }

    /** An array says it of each layer; otherwise every so manieth attends. */
    private Set<Integer> delta() {
        Set<Integer> delta = new HashSet<>();
        if (metadata.values().get(prefix + RECURRENT) instanceof GgufArray array) {
            if (array.size() < layers) {
                throw metadata.problem(prefix + RECURRENT, array.size() + " elements for " + layers + " layers");
            }
            List<GgufValue> flags = array.values(layers);
            for (int i = 0; i < layers; i++) {
                if (isTrue(flags.get(i), array)) {
                    delta.add(i);
                }
            }
        } else {
            int interval =
                    metadata.integer(prefix + INTERVAL, 1, Integer.MAX_VALUE).orElse(USUAL_INTERVAL);
            for (int i = 0; i < layers; i++) {
                if ((i + 1) % interval != 0) {
                    delta.add(i);
                }
            }
        }
        if (delta.isEmpty() || delta.size() == layers) {
            throw new ModelUnsupportedException(
                    source,
                    delta.size() + " of " + layers
                            + " layers are gated DeltaNet; bitnet runs models that have both such"
                            + " layers and layers that attend");
        }
        return delta;
    }

    private boolean isTrue(GgufValue value, GgufArray array) {
        return switch (value) {
            case GgufValue.Bool flag -> flag.value();
            case GgufValue.Int flag -> flag.value() != 0;
            default ->
                throw metadata.problem(prefix + RECURRENT, "an array of " + array.elementType() + ", not of flags");
        };
    }

    private int required(String suffix, int maximum) {
        return metadata.integer(prefix + suffix, 1, maximum)
                .orElseThrow(() -> metadata.problem(prefix + suffix, "missing"));
    }
}
