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
import bitnet.spi.KvMemory;
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

        /** One page has room for a whole sequence. */
        private record Tokens(int[] tokens) implements KvMemory.Page {}

        private static final class Table implements KvMemory.Cache {
            Tokens page;

            @Override
            public void put(int from, List<? extends KvMemory.Page> pages) {
                page = (Tokens) pages.getLast();
            }

            @Override
            public void close() {}
        }

        private final class Memory implements KvMemory {
            @Override
            public int pagePositions() {
                return Integer.MAX_VALUE;
            }

            @Override
            public long pageBytes() {
                return 256;
            }

            @Override
            public Page page() {
                open++;
                return new Tokens(new int[64]);
            }

            @Override
            public void copy(Page from, Page to) {
                System.arraycopy(((Tokens) from).tokens, 0, ((Tokens) to).tokens, 0, 64);
            }

            @Override
            public void free(Page page) {
                open--;
            }

            @Override
            public Cache cache() {
                return new Table();
            }
        }

        @Override
        public KvMemory keysAndValues() {
            return new Memory();
        }

        @Override
        public void run(Step step) {
            if (failing) {
                throw new BackendFailureException("out of order");
            }
            rows.add(step.rows());
            for (int row = 0, output = 0; row < step.rows(); row++) {
                int[] tokens = ((Table) step.cache(row)).page.tokens();
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
