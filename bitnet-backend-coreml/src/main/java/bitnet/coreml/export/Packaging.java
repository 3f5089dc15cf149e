package bitnet.coreml.export;

import bitnet.coreml.artifact.HeadType;
import bitnet.model.Layer;
import bitnet.model.ModelConfig;
import bitnet.model.TernaryTensor;
import bitnet.model.Transformer;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What goes into which package.
 *
 * @param blocks runs of layers
 * @param heads runs of tokens for each package of the head, and in it for each convolution
 */
record Packaging(List<Run> blocks, List<List<Run>> heads) {
    /** The Neural Engine takes no larger dimension. */
    static final int MAX_DIMENSION = 16384;

    /** Some of a row of things. */
    record Run(int first, int count) {}

    /**
     * Even shares that stay below the sizes that the Neural Engine takes.
     *
     * @param chunks packages for the blocks; 0 for as few as may be
     * @throws IllegalArgumentException if there are more chunks than layers
     */
    static Packaging of(Transformer model, int chunks, HeadType head) {
        ModelConfig config = model.config();
        if (chunks > config.layers()) {
            throw new IllegalArgumentException(chunks + " chunks for " + config.layers() + " layers");
        }
        long layer = bytes(model.layers().getFirst());
        int perPackage = Math.clamp(ExportOptions.MAX_PACKAGE_BYTES / layer, 1, config.layers());
        int count = chunks > 0 ? chunks : Math.ceilDiv(config.layers(), perPackage);
        return new Packaging(shares(config.layers(), count), heads(config.vocabulary(), config.hidden(), head));
    }

    /** Even parts, in even shares of packages. */
    static List<List<Run>> heads(int vocabulary, int hidden, HeadType head) {
        List<Run> parts = shares(vocabulary, Math.ceilDiv(vocabulary, MAX_DIMENSION));
        int bits = switch (head) {
            case LUT6 -> 6;
            case LUT8 -> 8;
            case FP16 -> 16;
        };
        long bytes = (long) vocabulary * hidden * bits / 8;
        long packages = Math.clamp(Math.ceilDiv(bytes, ExportOptions.MAX_PACKAGE_BYTES), 1, parts.size());
        return shares(parts.size(), (int) packages).stream()
                .map(run -> parts.subList(run.first(), run.first() + run.count()))
                .toList();
    }

    private static List<Run> shares(int total, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> {
                    int first = (int) ((long) total * i / count);
                    return new Run(first, (int) ((long) total * (i + 1) / count) - first);
                })
                .toList();
    }

    private static long bytes(Layer layer) {
        return layer.matrices().stream().mapToLong(Packaging::bytes).sum();
    }

    /** Two bits a weight. */
    static long bytes(TernaryTensor tensor) {
        return (long) tensor.rows() * tensor.columns() / 4;
    }
}
