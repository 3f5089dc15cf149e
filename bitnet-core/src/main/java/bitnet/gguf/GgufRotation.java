package bitnet.gguf;

import bitnet.ModelUnsupportedException;
import bitnet.model.HadamardRotation;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The keys {@code prism.hadamard.*} of PrismML's fork of llama.cpp: which weights are stored rotated, and how. Without the rotation
 * such a model answers with nonsense, so whatever is not understood here refuses the file.
 */
final class GgufRotation {
    private static final String PREFIX = "prism.hadamard.";
    private static final String WEIGHTS = PREFIX + "weight_names";
    private static final String INVERSES = PREFIX + "inverse_weight_names";
    private static final String BLOCK = PREFIX + "block_size";
    private static final String SIGN_MODE = PREFIX + "sign_mode";
    private static final String WIDTHS = PREFIX + "sign_widths";
    private static final String SIGNS = PREFIX + "sign_values";
    private static final String GROUPED = PREFIX + "gdn_v_grouped";
    private static final Set<String> KNOWN = Set.of(
            PREFIX + "version",
            BLOCK,
            PREFIX + "transform",
            PREFIX + "axis",
            SIGN_MODE,
            WIDTHS,
            SIGNS,
            WEIGHTS,
            INVERSES,
            GROUPED);
    private static final Set<GgufArchitecture> ROTATED = Set.of(GgufArchitecture.QWEN3, GgufArchitecture.QWEN35);

    private final GgufFile file;
    private final GgufMetadata metadata;
    private final boolean present;
    private final Set<String> weights = new LinkedHashSet<>();
    private final Set<String> inverses = new LinkedHashSet<>();
    private final Set<String> asked = new HashSet<>();
    private final Map<Integer, HadamardRotation> byWidth = new HashMap<>();
    private boolean groupedValues;
    private int block;

    /**
     * Reads the keys, if there are any.
     *
     * @throws bitnet.ModelFormatException if one is missing or contradicts another
     * @throws ModelUnsupportedException if they ask for something that bitnet does not do
     */
    GgufRotation(GgufFile file, GgufArchitecture architecture) {
        this.file = file;
        metadata = file.metadata();
        present = metadata.values().keySet().stream().anyMatch(key -> key.startsWith(PREFIX));
        if (present) {
            read(architecture);
        }
    }

    private void read(GgufArchitecture architecture) {
        for (String key : metadata.values().keySet()) {
            if (key.startsWith(PREFIX) && !KNOWN.contains(key)) {
                throw unsupported("the key " + key);
            }
        }
        if (!ROTATED.contains(architecture)) {
            throw unsupported("the architecture " + architecture.label());
        }
        int version = metadata.integer(PREFIX + "version", Integer.MIN_VALUE, Integer.MAX_VALUE)
                .orElseThrow(() -> metadata.problem(PREFIX + "version", "missing"));
        if (version != 1) {
            throw unsupported("version " + version);
        }
        expect("transform", "normalized-sylvester-walsh-hadamard");
        expect("axis", "input-last-dimension");
        block = metadata.integer(BLOCK, 1, 1 << 16).orElseThrow(() -> metadata.problem(BLOCK, "missing"));
        if (Integer.bitCount(block) != 1) {
            throw metadata.problem(BLOCK, block + " is not a power of two");
        }
        groupedValues = metadata.flag(GROUPED).orElse(false);
        signs();
        metadata.array(WEIGHTS).ifPresent(names -> weights.addAll(names.strings()));
        metadata.array(INVERSES).ifPresent(names -> inverses.addAll(names.strings()));
        if (weights.isEmpty()) {
            throw metadata.problem(WEIGHTS, "missing");
        }
    }

    private void expect(String name, String value) {
        String found = metadata.text(PREFIX + name).orElseThrow(() -> metadata.problem(PREFIX + name, "missing"));
        if (!found.equals(value)) {
            throw unsupported(PREFIX + name + " " + found);
        }
    }

    private void signs() {
        String mode = metadata.text(SIGN_MODE).orElseThrow(() -> metadata.problem(SIGN_MODE, "missing"));
        if (mode.equals("identity")) {
            return;
        }
        if (!mode.equals("explicit")) {
            throw unsupported(SIGN_MODE + " " + mode);
        }
        int[] widths = metadata.array(WIDTHS)
                .orElseThrow(() -> metadata.problem(WIDTHS, "missing"))
                .ints();
        int[] signs = metadata.array(SIGNS)
                .orElseThrow(() -> metadata.problem(SIGNS, "missing"))
                .ints();
        long sum = 0;
        for (int width : widths) {
            if (width < 1 || width % block != 0) {
                throw metadata.problem(WIDTHS, width + " is not a multiple of the block size " + block);
            }
            sum += width;
        }
        if (sum != signs.length) {
            throw metadata.problem(SIGNS, signs.length + " signs for widths that sum up to " + sum);
        }
        int at = 0;
        for (int width : widths) {
            float[] own = new float[width];
            for (int i = 0; i < width; i++) {
                if (Math.abs(signs[at + i]) != 1) {
                    throw metadata.problem(SIGNS, "element " + (at + i) + " is " + signs[at + i]);
                }
                own[i] = signs[at + i];
            }
            if (byWidth.put(width, new HadamardRotation(block, own)) != null) {
                throw metadata.problem(WIDTHS, width + " is there twice");
            }
            at += width;
        }
    }

    /** Whether the output projections of gated DeltaNet that are rotated take value heads grouped by key head. */
    boolean groupedValues() {
        return groupedValues;
    }

    /** Of a projection's or the head's input; null where it is not rotated. */
    @Nullable
    HadamardRotation of(String name, int width) {
        asked.add(name);
        return weights.contains(name) ? rotation(name, width) : null;
    }

    /** Of an embedding's rows; null where they are not rotated. */
    @Nullable
    HadamardRotation inverse(String name, int width) {
        asked.add(name);
        return inverses.contains(name) ? rotation(name, width) : null;
    }

    private HadamardRotation rotation(String name, int width) {
        if (width % block != 0) {
            throw metadata.problem(BLOCK, block + " does not divide the " + width + " inputs of " + name);
        }
        boolean identity = metadata.text(SIGN_MODE).orElse("").equals("identity");
        HadamardRotation found = byWidth.get(width);
        if (found == null && identity) {
            float[] ones = new float[width];
            Arrays.fill(ones, 1);
            found = new HadamardRotation(block, ones);
            byWidth.put(width, found);
        }
        if (found == null) {
            throw metadata.problem(WIDTHS, "no signs for the " + width + " inputs of " + name);
        }
        return found;
    }

    /**
     * Looks whether everything that the file lists was asked for.
     *
     * @param tied whether the embedding is the head as well
     * @throws ModelUnsupportedException if a rotation would be left out
     */
    void requireAllUsed(boolean tied) {
        for (String name : weights) {
            boolean there = file.tensor(name).isPresent() || (tied && name.equals(GgufTransformer.HEAD));
            if (!there || !asked.contains(name)) {
                throw unsupported("the tensor " + name + (there ? "" : ", which is missing"));
            }
        }
        for (String name : inverses) {
            if (!name.equals(GgufTransformer.EMBEDDING)) {
                throw unsupported("the inverse for the tensor " + name);
            }
        }
        if (tied && inverses.contains(GgufTransformer.EMBEDDING) != weights.contains(GgufTransformer.HEAD)) {
            throw unsupported("a tied embedding that is rotated in one of its two uses alone");
        }
    }

    private ModelUnsupportedException unsupported(String what) {
        return new ModelUnsupportedException(
                file.source(),
                "its weights are rotated (" + PREFIX + "*), and bitnet has no rotation for " + what
                        + "; without it the answers would be nonsense");
    }
}
