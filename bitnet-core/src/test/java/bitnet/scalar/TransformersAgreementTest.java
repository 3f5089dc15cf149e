package bitnet.scalar;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.KvType;
import bitnet.model.Transformer;
import bitnet.safetensors.HuggingFaceModel;
import bitnet.spi.CompiledModel;
import bitnet.spi.Logits;
import bitnet.spi.Sequence;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Logits against those of transformers in float32. The two agree to about 1e-5 of the logits' spread until one of the
 * thousands of activations of a token, rounded to int8, lies so close to a tie (within 5e-5) that float32 noise in the
 * other's matrix products rounds it the other way; from there on they are two equally right results that differ by about a
 * hundredth of the spread. An F16 cache differs everywhere, by what it rounds away.
 */
class TransformersAgreementTest {
    /** Where every rounding is the same: standard deviations of a row of logits. */
    private static final double SAME_ROUNDING = 1e-4;

    /**
     * What holds for a checkpoint.
     *
     * @param same the least share of positions where every rounding is the same
     * @param alike the least share of positions with a cosine above 0.9999
     * @param cosine the least cosine anywhere
     * @param delta the largest difference of two logits, in standard deviations of their row
     * @param greedy the least number of generated tokens whose margin exceeds twice that
     */
    private record Bounds(
            String name, KvType kvType, double same, double alike, double cosine, double delta, int greedy) {}

    private static Stream<Bounds> bounds() {
        return Stream.of(
                new Bounds("tiny-bitnet", KvType.F32, 1.00, 1.00, 0.999999, 0.001, 72),
                new Bounds("tiny-llama-ternary", KvType.F32, 0.98, 1.00, 0.99999, 0.01, 60),
                new Bounds("tiny-bitnet-untied", KvType.F32, 0.25, 0.80, 0.9995, 0.15, 30),
                new Bounds("demo-model", KvType.F32, 0.40, 0.98, 0.9998, 0.15, 300),
                new Bounds("tiny-bitnet", KvType.F16, 0.00, 0.00, 0.9990, 0.15, 72),
                new Bounds("tiny-llama-ternary", KvType.F16, 0.00, 0.75, 0.9998, 0.10, 30),
                new Bounds("tiny-bitnet-untied", KvType.F16, 0.00, 0.00, 0.9975, 0.25, 17),
                new Bounds("demo-model", KvType.F16, 0.00, 0.90, 0.9970, 0.20, 290));
    }

    @ParameterizedTest
    @MethodSource("bounds")
    void logitsAgreeAtEveryPosition(Bounds bounds) {
        try (HuggingFaceModel file = Reference.open(bounds.name)) {
            Transformer transformer = file.transformer();
            Reference reference =
                    Reference.load(bounds.name, transformer.config().vocabulary());
            List<Agreement> agreements = new ArrayList<>();
            try (CompiledModel model = Run.compile(transformer, bounds.kvType)) {
                for (Reference.Case each : reference.cases()) {
                    agreements.addAll(prompt(model, each));
                }
            }
            SoftAssertions.assertSoftly(softly -> {
                softly.assertThat(agreements).allSatisfy(each -> {
                    assertThat(each.cosine()).isGreaterThan(bounds.cosine);
                    assertThat(each.delta()).isLessThan(bounds.delta);
                });
                softly.assertThat(share(agreements, each -> each.delta() < SAME_ROUNDING))
                        .as("share of positions with the same rounding")
                        .isGreaterThanOrEqualTo(bounds.same);
                softly.assertThat(share(agreements, each -> each.cosine() > 0.9999))
                        .as("share of positions with a cosine above 0.9999")
                        .isGreaterThanOrEqualTo(bounds.alike);
            });
        }
    }

    /** Text goes on as with transformers, wherever its two best tokens are further apart than both could have moved. */
    @ParameterizedTest
    @MethodSource("bounds")
    void greedyContinuationsAgree(Bounds bounds) {
        try (HuggingFaceModel file = Reference.open(bounds.name)) {
            Transformer transformer = file.transformer();
            int vocabulary = transformer.config().vocabulary();
            int compared = 0;
            try (CompiledModel model = Run.compile(transformer, bounds.kvType)) {
                for (Reference.Case each :
                        Reference.load(bounds.name, vocabulary).cases()) {
                    compared += greedy(model, each, 2 * bounds.delta);
                }
            }
            assertThat(compared).as("tokens compared").isGreaterThanOrEqualTo(bounds.greedy);
        }
    }

    private static int greedy(CompiledModel model, Reference.Case each, double margin) {
        int compared = 0;
        try (Sequence sequence = model.newSequence()) {
            int vocabulary = each.logits()[0].length;
            Logits last =
                    Run.forward(model, sequence, vocabulary, each.prompt()).getLast();
            for (int i = 0; i < each.greedy().length; i++) {
                if (each.margins()[i] > margin * spread(last.values())) {
                    assertThat(Run.best(last)).as("token " + i).isEqualTo(each.greedy()[i]);
                    compared++;
                }
                last = Run.forward(model, sequence, vocabulary, each.greedy()[i])
                        .getLast();
            }
        }
        return compared;
    }

    private static List<Agreement> prompt(CompiledModel model, Reference.Case each) {
        List<Agreement> agreements = new ArrayList<>();
        try (Sequence sequence = model.newSequence()) {
            List<Logits> logits = Run.forward(model, sequence, each.logits()[0].length, each.prompt());
            for (int i = 0; i < logits.size(); i++) {
                agreements.add(Agreement.of(each.logits()[i], logits.get(i).values()));
            }
        }
        return agreements;
    }

    private static double share(List<Agreement> agreements, Predicate<Agreement> test) {
        return (double) agreements.stream().filter(test).count() / agreements.size();
    }

    /**
     * Of two rows of logits.
     *
     * @param delta the largest difference, in standard deviations of the expected row
     */
    private record Agreement(double cosine, double delta) {
        static Agreement of(float[] expected, float[] actual) {
            double product = 0;
            double squares = 0;
            double expectedSquares = 0;
            double delta = 0;
            for (int i = 0; i < expected.length; i++) {
                product += (double) expected[i] * actual[i];
                squares += (double) actual[i] * actual[i];
                expectedSquares += (double) expected[i] * expected[i];
                delta = Math.max(delta, Math.abs((double) expected[i] - actual[i]));
            }
            return new Agreement(product / Math.sqrt(squares * expectedSquares), delta / spread(expected));
        }
    }

    private static double spread(float[] values) {
        double mean = 0;
        for (float value : values) {
            mean += value / values.length;
        }
        double variance = 0;
        for (float value : values) {
            variance += (value - mean) * (value - mean) / values.length;
        }
        return Math.sqrt(variance);
    }
}
