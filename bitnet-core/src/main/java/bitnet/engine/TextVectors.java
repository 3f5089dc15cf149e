package bitnet.engine;

import bitnet.BackendFailureException;
import bitnet.PoolingType;
import bitnet.spi.Batch;
import bitnet.spi.Logits;
import bitnet.spi.Sequence;
import java.util.ArrayList;
import java.util.List;

/**
 * Computes the pooled vectors of some texts: all their tokens go through the model in batches of {@code maxRows}, and of keys and values nothing
 * is kept. For one call on one thread.
 */
final class TextVectors {
    private final LoadedModel model;
    private final Request request;
    private final PoolingType pooling;
    private final int width;
    private final int maxRows;
    private final Batch batch = new Batch();
    /** Where the tokens' vectors of a batch go, and whose they are. */
    private final List<Logits> targets = new ArrayList<>();

    private final List<Sum> owners = new ArrayList<>();

    TextVectors(LoadedModel model, Request request, PoolingType pooling, int width, int maxRows) {
        this.model = model;
        this.request = request;
        this.pooling = pooling;
        this.width = width;
        this.maxRows = maxRows;
    }

    /** The sum of vectors of a text's tokens, in their order; in double, so that its own rounding does not count. */
    private record Sum(double[] values, int[] count) {
        Sum(int width) {
            this(new double[width], new int[1]);
        }

        void add(float[] vector) {
            for (int i = 0; i < vector.length; i++) {
                values[i] += vector[i];
            }
            count[0]++;
        }

        float[] mean() {
            float[] mean = new float[values.length];
            for (int i = 0; i < mean.length; i++) {
                mean[i] = (float) (values[i] / count[0]);
            }
            return mean;
        }
    }

    /**
     * A text to compute.
     *
     * @param unpooled tokens at its beginning that a mean leaves out; fewer than all
     */
    record Text(int[] tokens, int unpooled) {}

    /** The vectors of texts. Should the model move to another backend, they are computed again there. */
    List<float[]> of(List<Text> texts) {
        while (true) {
            Placement current = model.placement();
            try {
                return compute(current, texts);
            } catch (BackendFailureException e) {
                if (!model.moveOn(current, e)) {
                    throw e;
                }
            }
        }
    }

    private List<float[]> compute(Placement on, List<Text> texts) {
        List<Sequence> open = new ArrayList<>();
        List<Sum> sums = new ArrayList<>();
        batch.clear();
        owners.clear();
        try {
            for (int t = 0; t < texts.size(); t++) {
                int[] text = texts.get(t).tokens();
                Sequence sequence = model.newSequence(on, PrefixCache.Prefix.NONE);
                open.add(sequence);
                Sum sum = new Sum(width);
                sums.add(sum);
                for (int i = 0; i < text.length; i++) {
                    boolean counts = switch (pooling) {
                        case FIRST -> i == 0;
                        case MEAN -> i >= texts.get(t).unpooled();
                        case LAST -> i == text.length - 1;
                    };
                    batch.add(sequence, i, text[i], counts ? target(sum) : null);
                    if (batch.size() == maxRows) {
                        flush(on);
                    }
                }
            }
            flush(on);
        } finally {
            open.forEach(Sequence::close);
        }
        return sums.stream().map(Sum::mean).toList();
    }

    private Logits target(Sum owner) {
        if (owners.size() == targets.size()) {
            targets.add(Logits.all(width));
        }
        owners.add(owner);
        return targets.get(owners.size() - 1);
    }

    private void flush(Placement on) {
        request.cancellation().check();
        if (batch.size() > 0) {
            model.forward(request, on, batch);
        }
        for (int i = 0; i < owners.size(); i++) {
            owners.get(i).add(targets.get(i).values());
        }
        batch.clear();
        owners.clear();
    }
}
