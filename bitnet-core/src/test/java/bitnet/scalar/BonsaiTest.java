package bitnet.scalar;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.KvType;
import bitnet.model.ModelFile;
import bitnet.model.SamplingDefaults;
import bitnet.model.ScaleGranularity;
import bitnet.model.Transformer;
import bitnet.spi.CompiledModel;
import bitnet.spi.Logits;
import bitnet.spi.Sequence;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Ternary Qwen3 and Qwen3.5 models in all of their containers, against transformers with their dequantised weights. Two things are shown
 * apart: that formats and formulas are right, by a forward pass that rounds no activation; and what the rounding to 2047 costs.
 */
class BonsaiTest {
    private record Model(String folder, String container, String json, String npz, ScaleGranularity granularity) {
        Bonsai expected() {
            return Bonsai.expected(folder, json, npz);
        }

        ModelFile open() {
            return Bonsai.open(folder, container);
        }

        /** Recurrent layers carry what rounding costs from token to token. */
        boolean isRecurrent() {
            return folder.endsWith("qwen35");
        }
    }

    private static Stream<Model> models() {
        ScaleGranularity g128 = ScaleGranularity.GROUP_128;
        return Stream.of(
                model("tiny-bonsai-qwen3", "q2_0.gguf", "", g128),
                model("tiny-bonsai-qwen3", "q2_0-g128-id42.gguf", "", g128),
                model("tiny-bonsai-qwen3", "pq2_0.gguf", "", g128),
                model("tiny-bonsai-qwen3", "ptq1_0.gguf", "", g128),
                model("tiny-bonsai-qwen3", "model.safetensors", "", g128),
                model("tiny-bonsai-qwen3-g64", "q2_0.gguf", "", ScaleGranularity.GROUP_64),
                model("tiny-bonsai-qwen3-g64", "q2_0-plus2.gguf", "plus2", ScaleGranularity.GROUP_64),
                model("tiny-bonsai-qwen3-1bit-yarn", "q1_0.gguf", "", g128),
                model("tiny-bonsai-qwen3-1bit-yarn", "model.safetensors", "", g128),
                model("tiny-qwen35", "q2_0.gguf", "", g128),
                model("tiny-bonsai2-qwen35", "pq2_0.gguf", "", g128));
    }

    private static Model model(String folder, String container, String variant, ScaleGranularity granularity) {
        return variant.isEmpty()
                ? new Model(folder, container, "expected.json", "expected_logits.npz", granularity)
                : new Model(
                        folder,
                        container,
                        "expected-" + variant + ".json",
                        "expected_" + variant + ".npz",
                        granularity);
    }

    @ParameterizedTest
    @MethodSource("models")
    void formatsAndFormulasAreRight(Model each) {
        try (ModelFile file = each.open()) {
            Transformer transformer = file.transformer();
            assertThat(transformer.layers().getFirst().matrices())
                    .allSatisfy(matrix -> assertThat(matrix.granularity()).isEqualTo(each.granularity));
            FloatForward floats = new FloatForward(transformer);
            for (Bonsai.Case prompt : each.expected().cases()) {
                double[][] logits = floats.logits(prompt.prompt());
                for (int i = 0; i < prompt.positions().length; i++) {
                    float[] expected = prompt.logits()[i];
                    double[] actual = logits[prompt.positions()[i]];
                    double delta = 0;
                    for (int token = 0; token < expected.length; token++) {
                        delta = Math.max(delta, Math.abs(expected[token] - actual[token]));
                    }
                    assertThat(delta / spread(expected)).isLessThan(1e-4);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void wideActivationsCostNextToNothing(Model each) {
        try (ModelFile file = each.open();
                CompiledModel compiled = Run.compile(file.transformer(), KvType.F32)) {
            double divergence = 0;
            int positions = 0;
            double largest = 0;
            for (Bonsai.Case prompt : each.expected().cases()) {
                float[][] logits = logits(compiled, prompt);
                for (int i = 0; i < logits.length; i++) {
                    float[] expected = prompt.logits()[i];
                    assertThat(cosine(expected, logits[i]))
                            .isGreaterThanOrEqualTo(each.isRecurrent() ? 0.9998 : 0.9999);
                    divergence += divergence(expected, logits[i]);
                    largest = Math.max(largest, largest(expected, logits[i]));
                    positions++;
                }
            }
            assertThat(divergence / positions).isLessThanOrEqualTo(each.isRecurrent() ? 5e-5 : 3e-5);
            for (Bonsai.Case prompt : each.expected().cases()) {
                goesOnAsExpected(compiled, prompt, 2 * largest);
            }
        }
    }

    private static void goesOnAsExpected(CompiledModel model, Bonsai.Case prompt, double margin) {
        try (Sequence sequence = model.newSequence()) {
            int vocabulary = prompt.logits()[0].length;
            Logits last =
                    Run.forward(model, sequence, vocabulary, prompt.prompt()).getLast();
            for (int i = 0; i < prompt.greedy().length; i++) {
                if (prompt.margins()[i] > margin) {
                    assertThat(Run.best(last)).as("token " + i).isEqualTo(prompt.greedy()[i]);
                }
                last = Run.forward(model, sequence, vocabulary, prompt.greedy()[i])
                        .getLast();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "tiny-bonsai-qwen3, q2_0.gguf, q2_0-g128-id42.gguf",
        "tiny-bonsai-qwen3, q2_0.gguf, pq2_0.gguf",
        "tiny-bonsai-qwen3, q2_0.gguf, ptq1_0.gguf",
        "tiny-bonsai-qwen3, q2_0.gguf, model.safetensors",
        "tiny-bonsai-qwen3-1bit-yarn, q1_0.gguf, model.safetensors"
    })
    void allContainersGiveTheSameBits(String folder, String one, String other) {
        int[] prompt = {17, 4, 551, 300, 12, 12, 88};
        try (ModelFile a = Bonsai.open(folder, one);
                ModelFile b = Bonsai.open(folder, other)) {
            assertThat(Run.bits(b.transformer(), KvType.F16, prompt))
                    .isDeepEqualTo(Run.bits(a.transformer(), KvType.F16, prompt));
        }
    }

    @ParameterizedTest
    @CsvSource({"tiny-bonsai-qwen3, pq2_0.gguf", "tiny-bonsai-qwen3, model.safetensors"})
    void whatTheAuthorsSampleWithIsRecommended(String folder, String container) {
        try (ModelFile file = Bonsai.open(folder, container)) {
            assertThat(file.samplingDefaults()).isEqualTo(new SamplingDefaults(0.5f, 20, 0.85f));
        }
    }

    /** A code 3 changes the answer, so it is not taken for another. */
    @Test
    void codeThreeIsPlusTwo() {
        int[] prompt = {17, 4, 551};
        try (ModelFile plain = Bonsai.open("tiny-bonsai-qwen3-g64", "q2_0.gguf");
                ModelFile plus2 = Bonsai.open("tiny-bonsai-qwen3-g64", "q2_0-plus2.gguf")) {
            assertThat(Arrays.deepEquals(
                            Run.bits(plus2.transformer(), KvType.F16, prompt),
                            Run.bits(plain.transformer(), KvType.F16, prompt)))
                    .isFalse();
        }
    }

    private static float[][] logits(CompiledModel model, Bonsai.Case prompt) {
        try (Sequence sequence = model.newSequence()) {
            List<Logits> all = Run.forward(model, sequence, prompt.logits()[0].length, prompt.prompt());
            return Arrays.stream(prompt.positions())
                    .mapToObj(position -> all.get(position).values())
                    .toArray(float[][]::new);
        }
    }

    private static double cosine(float[] a, float[] b) {
        double product = 0;
        double squaresA = 0;
        double squaresB = 0;
        for (int i = 0; i < a.length; i++) {
            product += (double) a[i] * b[i];
            squaresA += (double) a[i] * a[i];
            squaresB += (double) b[i] * b[i];
        }
        return product / Math.sqrt(squaresA * squaresB);
    }

    /** Kullback and Leibler's, of the distributions that two rows of logits stand for. */
    private static double divergence(float[] expected, float[] actual) {
        double logOfExpected = logSum(expected);
        double logOfActual = logSum(actual);
        double sum = 0;
        for (int i = 0; i < expected.length; i++) {
            double p = expected[i] - logOfExpected;
            sum += Math.exp(p) * (p - (actual[i] - logOfActual));
        }
        return sum;
    }

    private static double logSum(float[] logits) {
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit);
        }
        return Math.log(sum);
    }

    private static double largest(float[] a, float[] b) {
        double largest = 0;
        for (int i = 0; i < a.length; i++) {
            largest = Math.max(largest, Math.abs((double) a[i] - b[i]));
        }
        return largest;
    }

    /** Standard deviation. */
    private static double spread(float[] logits) {
        double sum = 0;
        double squares = 0;
        for (float logit : logits) {
            sum += logit;
            squares += (double) logit * logit;
        }
        double mean = sum / logits.length;
        return Math.sqrt(squares / logits.length - mean * mean);
    }
}
