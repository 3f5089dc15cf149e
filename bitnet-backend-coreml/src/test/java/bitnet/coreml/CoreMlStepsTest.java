package bitnet.coreml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.ContextOverflowException;
import bitnet.Model;
import bitnet.coreml.ffm.FakeCoreMl;
import bitnet.model.ModelFile;
import bitnet.scalar.ScalarBackend;
import bitnet.spi.Batch;
import bitnet.spi.Cancellation;
import bitnet.spi.CompileOptions;
import bitnet.spi.CompiledModel;
import bitnet.spi.Logits;
import bitnet.spi.Sequence;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * That tokens reach the packages as they should, however they are cut: the interpreter adds in the same order for any batch,
 * so what is the same computation has the same bits.
 */
class CoreMlStepsTest {
    @TempDir
    private static Path directory;

    private static DemoExport demo;
    private static ModelFile file;
    private static int[] text;

    private CompiledModel compiled;

    @BeforeAll
    static void export() throws Exception {
        demo = DemoExport.overDouble(directory);
        file = Model.open(demo.model);
        text = new Random(5)
                .ints(DemoExport.CONTEXT, 0, file.transformer().config().vocabulary())
                .toArray();
    }

    @AfterAll
    static void cleanUp() {
        if (demo != null) {
            file.close();
            demo.close();
        }
    }

    @BeforeEach
    void compile() {
        compiled = compile(512);
    }

    @AfterEach
    void close() {
        compiled.close();
        assertThat(FakeCoreMl.live()).isZero();
    }

    private static CompiledModel compile(int context) {
        return new DoubleBackend().compile(file.transformer(), CompileOptions.of(context));
    }

    /** Appends tokens of the text in one batch, and returns the logits after each. */
    private static List<float[]> append(CompiledModel model, Sequence sequence, int from, int to) {
        Batch batch = new Batch();
        List<Logits> targets = new ArrayList<>();
        for (int i = from; i < to; i++) {
            targets.add(Logits.all(file.transformer().config().vocabulary()));
            batch.add(sequence, i, text[i], targets.getLast());
        }
        model.forward(batch, Cancellation.NEVER);
        return targets.stream().map(Logits::values).toList();
    }

    private static List<float[]> oneByOne(CompiledModel model, int to) {
        List<float[]> logits = new ArrayList<>();
        try (Sequence sequence = model.newSequence()) {
            for (int i = 0; i < to; i++) {
                logits.addAll(append(model, sequence, i, i + 1));
            }
        }
        return logits;
    }

    private static void assertSameBits(List<float[]> found, List<float[]> expected) {
        assertThat(found).hasSameSizeAs(expected);
        for (int i = 0; i < found.size(); i++) {
            assertThat(found.get(i)).as("position " + i).isEqualTo(expected.get(i));
        }
    }

    @Test
    void prefillDoesWhatDecodeDoes() {
        List<float[]> expected = oneByOne(compiled, 75);
        try (Sequence sequence = compiled.newSequence()) {
            // Two whole batches, one with padding; then three tokens alone, behind the padding's traces in the state.
            List<float[]> found = new ArrayList<>(append(compiled, sequence, 0, 72));
            found.addAll(append(compiled, sequence, 72, 75));
            assertSameBits(found, expected);
        }
        FakeCoreMl.ownOutputs(true);
        try (Sequence sequence = compiled.newSequence()) {
            assertSameBits(append(compiled, sequence, 0, 40), expected.subList(0, 40));
        } finally {
            FakeCoreMl.ownOutputs(false);
        }
    }

    @Test
    void theLogitsAreCloseToThoseOfTheCpu() {
        try (CompiledModel scalar = new ScalarBackend().compile(file.transformer(), CompileOptions.of(512));
                Sequence reference = scalar.newSequence();
                Sequence sequence = compiled.newSequence()) {
            List<float[]> expected = append(scalar, reference, 0, 40);
            List<float[]> found = append(compiled, sequence, 0, 40);
            for (int i = 0; i < found.size(); i++) {
                // Random tokens make sharper demands than text, of which AgreementTest has the bound.
                assertThat(cosine(found.get(i), expected.get(i)))
                        .as("position " + i)
                        .isGreaterThan(0.99);
            }
        }
    }

    private static double cosine(float[] a, float[] b) {
        double ab = 0;
        double aa = 0;
        double bb = 0;
        for (int i = 0; i < a.length; i++) {
            ab += (double) a[i] * b[i];
            aa += (double) a[i] * a[i];
            bb += (double) b[i] * b[i];
        }
        return ab / Math.sqrt(aa * bb);
    }

    @Test
    void sequencesForkAndForget() {
        List<float[]> expected = oneByOne(compiled, 50);
        try (Sequence one = compiled.newSequence()) {
            append(compiled, one, 0, 50);
            one.truncate(20);
            assertSameBits(append(compiled, one, 20, 30), expected.subList(20, 30));
            try (Sequence other = one.fork()) {
                one.truncate(5);
                append(compiled, one, 5, 6);
                assertSameBits(append(compiled, other, 30, 50), expected.subList(30, 50));
            }
            assertSameBits(append(compiled, one, 6, 20), expected.subList(6, 20));
        }
    }

    @Test
    void aBatchMayMixSequences() {
        List<float[]> expected = oneByOne(compiled, 14);
        int vocabulary = file.transformer().config().vocabulary();
        try (Sequence one = compiled.newSequence();
                Sequence other = compiled.newSequence()) {
            append(compiled, one, 0, 10);
            Batch batch = new Batch();
            Logits afterOne = Logits.all(vocabulary);
            Logits afterOther = Logits.all(vocabulary);
            Logits best = Logits.top(3);
            batch.add(one, 10, text[10], null).add(one, 11, text[11], afterOne);
            for (int i = 0; i < 12; i++) {
                batch.add(other, i, text[i], i == 11 ? afterOther : null);
            }
            batch.add(one, 12, text[12], null).add(one, 13, text[13], best);
            compiled.forward(batch, Cancellation.NEVER);
            assertThat(afterOne.values()).isEqualTo(expected.get(11));
            assertThat(afterOther.values()).isEqualTo(expected.get(11));
            Logits expectedBest = Logits.top(3);
            expectedBest.fill(expected.get(13));
            assertThat(best.ids()).isEqualTo(expectedBest.ids());
            assertThat(best.values()).isEqualTo(expectedBest.values());
        }
    }

    @Test
    void theContextEndsWhereTheStateEnds() {
        assertThat(compiled.capacity()).isEqualTo(DemoExport.CONTEXT);
        try (Sequence sequence = compiled.newSequence()) {
            int last = DemoExport.CONTEXT - 9;
            append(compiled, sequence, 0, last);
            // No room for a padded batch any more: one by one.
            List<float[]> found = append(compiled, sequence, last, DemoExport.CONTEXT);
            sequence.truncate(last);
            for (int i = last; i < DemoExport.CONTEXT; i++) {
                assertThat(append(compiled, sequence, i, i + 1).getFirst()).isEqualTo(found.get(i - last));
            }
            assertThatThrownBy(() -> compiled.forward(
                            new Batch().add(sequence, DemoExport.CONTEXT, 1, null), Cancellation.NEVER))
                    .isInstanceOf(ContextOverflowException.class);
        }
        try (CompiledModel small = compile(40)) {
            assertThat(small.capacity()).isEqualTo(40);
        }
    }

    @Test
    void closingTheModelClosesItsSequences() {
        Sequence sequence = compiled.newSequence();
        compiled.close();
        assertThat(FakeCoreMl.live()).isZero();
        sequence.close();
        assertThatThrownBy(compiled::newSequence).isInstanceOf(IllegalStateException.class);
    }
}
