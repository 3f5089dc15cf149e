package bitnet.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.BackendFailureException;
import bitnet.ContextOverflowException;
import bitnet.model.Activation;
import bitnet.model.ModelConfig;
import bitnet.model.Rope;
import bitnet.spi.Batch;
import bitnet.spi.Cancellation;
import bitnet.spi.Kernels;
import bitnet.spi.Logits;
import bitnet.spi.Sequence;
import bitnet.spi.Step;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A {@link KernelModel} over a runner of whole steps: what a backend without kernels gets from it. */
class StepRunnerTest {
    private static final int VOCABULARY = 8;
    private static final ModelConfig CONFIG = new ModelConfig(
            "any", "", 1, 2, 2, 1, 1, 2, VOCABULARY, 64, 1e-5f, Activation.SILU, new Rope(new float[1]));

    /** Knows the tokens of each cache, and thinks that the next one is their sum. */
    private static final class Sums implements StepRunner {
        final List<Integer> rows = new ArrayList<>();
        boolean failing;
        int open;
        int closes;

        private final class Tokens implements Kernels.Cache {
            final int[] tokens = new int[64];

            @Override
            public void reserve(int positions) {}

            @Override
            public void copyFrom(Kernels.Cache other, int positions) {
                System.arraycopy(((Tokens) other).tokens, 0, tokens, 0, positions);
            }

            @Override
            public void close() {
                open--;
            }
        }

        @Override
        public Kernels.Cache cache() {
            open++;
            return new Tokens();
        }

        @Override
        public void run(Step step) {
            if (failing) {
                throw new BackendFailureException("out of order");
            }
            rows.add(step.rows());
            for (int row = 0, output = 0; row < step.rows(); row++) {
                int[] tokens = ((Tokens) step.cache(row)).tokens;
                tokens[step.position(row)] = step.token(row);
                if (output < step.outputs() && step.outputRow(output) == row) {
                    int sum = 0;
                    for (int i = 0; i <= step.position(row); i++) {
                        sum += tokens[i];
                    }
                    float[] scores = new float[VOCABULARY];
                    scores[sum % VOCABULARY] = 1;
                    step.target(output++).fill(scores);
                }
            }
        }

        @Override
        public long memoryBytes() {
            return 12345;
        }

        @Override
        public String residency() {
            return "all in the head";
        }

        @Override
        public void close() {
            closes++;
        }
    }

    private final Sums sums = new Sums();
    private final KernelModel model = new KernelModel(CONFIG, sums, 10, 4);

    private int next(Sequence sequence, int... tokens) {
        Logits best = Logits.top(1);
        Batch batch = new Batch();
        for (int i = 0; i < tokens.length; i++) {
            batch.add(sequence, sequence.length() + i, tokens[i], i == tokens.length - 1 ? best : null);
        }
        model.forward(batch, Cancellation.NEVER);
        return best.ids()[0];
    }

    @Test
    void batchesAreCutIntoStepsAndSequencesKept() {
        try (Sequence one = model.newSequence()) {
            assertThat(next(one, 1, 2, 3, 1, 2, 3, 1)).isEqualTo(13 % VOCABULARY);
            assertThat(sums.rows).containsExactly(4, 3);
            try (Sequence other = one.fork()) {
                assertThat(next(other, 2)).isEqualTo(15 % VOCABULARY);
            }
            one.truncate(2);
            assertThat(next(one, 4)).isEqualTo(7);
            assertThatThrownBy(() -> next(one, 1, 1, 1, 1, 1, 1, 1, 1)).isInstanceOf(ContextOverflowException.class);
            assertThat(sums.rows).hasSize(4);
        }
        assertThat(sums.open).isZero();
    }

    @Test
    void whatTheRunnerSaysIsPassedOn() {
        assertThat(model.capacity()).isEqualTo(10);
        assertThat(model.memoryBytes()).isEqualTo(12345);
        assertThat(model.residency()).isEqualTo("all in the head");
        model.close();
        model.close();
        assertThat(sums.closes).isEqualTo(1);
        assertThatThrownBy(model::residency).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aFailureIsForEver() {
        Sequence sequence = model.newSequence();
        sums.failing = true;
        assertThatThrownBy(() -> next(sequence, 1)).isInstanceOf(BackendFailureException.class);
        sums.failing = false;
        assertThatThrownBy(() -> next(sequence, 1))
                .isInstanceOf(BackendFailureException.class)
                .hasMessageContaining("out of order");
        assertThatThrownBy(model::newSequence).isInstanceOf(BackendFailureException.class);
    }
}
