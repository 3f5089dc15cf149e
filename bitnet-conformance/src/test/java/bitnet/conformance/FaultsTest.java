package bitnet.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.model.AttentionScope;
import bitnet.scalar.ScalarFloats;
import bitnet.scalar.ScalarKernels;
import bitnet.spi.Kernels;
import bitnet.spi.Step;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The checks see a single wrong bit in what any operation leaves behind. */
class FaultsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "embed",
                "ternaryMatmul",
                "ternaryMatmulAdd",
                "ropeStore",
                "attention",
                "gate",
                "outputNorm",
                "logits"
            })
    void aWrongBitIsFound(String operation) {
        KernelProbe.Factory faulty = (config, options) -> new Faulty(new ScalarKernels(config, options), operation);
        List<Check> failed = new KernelConformance(faulty)
                .checks().stream()
                        .filter(check -> check.name().contains("awkward"))
                        .filter(check -> fails(check))
                        .toList();
        assertThat(failed)
                .isNotEmpty()
                .allSatisfy(check -> assertThat(check.name())
                        .containsAnyOf(operation, operation.equals("ternaryMatmul") ? "uantize" : operation));
    }

    @ParameterizedTest
    @ValueSource(strings = {"embed", "headNorm", "ternaryMatmul", "ternaryMatmulAdd", "logits"})
    void aWrongBitIsFoundWithScalesOfGroups(String operation) {
        KernelProbe.Factory faulty = (config, options) -> new Faulty(new ScalarKernels(config, options), operation);
        List<Check> failed = new KernelConformance(faulty)
                .wideChecks().stream()
                        .filter(check -> check.name().contains("half groups"))
                        .filter(check -> fails(check))
                        .toList();
        assertThat(failed)
                .isNotEmpty()
                .allSatisfy(check -> assertThat(check.name())
                        .containsAnyOf(operation, operation.equals("ternaryMatmul") ? "uantize" : operation));
    }

    @ParameterizedTest
    @ValueSource(strings = {"norm", "normAdd", "ternaryMatmul", "attention"})
    void aWrongBitIsFoundInEmbeddings(String operation) {
        assertThat(failedWithEmbeddings(operation))
                .isNotEmpty()
                .allSatisfy(check -> assertThat(check.name()).contains(operation));
    }

    /** A window that is a position too long. */
    @Test
    void aWrongWindowIsFound() {
        assertThat(failedWithEmbeddings("attends"))
                .hasSize(4)
                .allSatisfy(check -> assertThat(check.name()).contains("window"));
    }

    private static List<Check> failedWithEmbeddings(String operation) {
        KernelProbe.Factory faulty = (config, options) -> new Faulty(new ScalarKernels(config, options), operation);
        return new KernelConformance(faulty)
                .embeddingChecks().stream()
                        .filter(check -> check.name().contains("awkward"))
                        .filter(check -> fails(check))
                        .toList();
    }

    private static boolean fails(Check check) {
        try {
            check.run();
            return false;
        } catch (AssertionError e) {
            assertThat(e).hasMessageContaining("differ; the first in row ");
            return true;
        }
    }

    /** Flips the lowest bit of the first value. */
    private record Faulty(Kernels scalar, String operation) implements KernelProbe {
        @Override
        public Kernels kernels() {
            return (Kernels) Proxy.newProxyInstance(
                    Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class}, (proxy, method, arguments) -> {
                        Object result;
                        if (operation.equals("attends") && method.getName().equals(operation)) {
                            AttentionScope scope = (AttentionScope) arguments[1];
                            int longer = Math.max(scope.window(), scope.window() + 1);
                            arguments[1] = new AttentionScope(scope.rope(), longer, scope.scale());
                        }
                        try {
                            result = method.invoke(scalar, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                        if (operation.equals("logits") && method.getName().equals("run")) {
                            spoil((Step) arguments[0]);
                        } else if (method.getName().equals(operation)
                                && !operation.equals("logits")
                                && !operation.equals("attends")) {
                            spoil((ScalarFloats) arguments[arguments.length - 1]);
                        }
                        return result;
                    });
        }

        private static void spoil(ScalarFloats rows) {
            rows.data()[0] = Float.intBitsToFloat(Float.floatToRawIntBits(rows.data()[0]) ^ 1);
        }

        private static void spoil(Step step) {
            if (step.outputs() > 0) {
                float[] values = step.target(step.outputs() - 1).values();
                values[0] = Float.intBitsToFloat(Float.floatToRawIntBits(values[0]) ^ 1);
            }
        }

        @Override
        public void write(Kernels.Floats floats, int columns, float[] values) {
            new ScalarProbe(scalar).write(floats, columns, values);
        }

        @Override
        public float[] read(Kernels.Floats floats, int columns, int rows) {
            return new ScalarProbe(scalar).read(floats, columns, rows);
        }
    }
}
