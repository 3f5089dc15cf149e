package bitnet.coreml;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.Model;
import bitnet.coreml.artifact.Artifact;
import bitnet.coreml.artifact.Feature;
import bitnet.coreml.artifact.FeatureType;
import bitnet.coreml.artifact.Function;
import bitnet.coreml.ffm.CoreMl;
import bitnet.coreml.ffm.FakeCoreMl;
import bitnet.coreml.ffm.LoadedFunction;
import bitnet.coreml.ffm.NativeTests;
import bitnet.coreml.interpreter.MilModel;
import bitnet.coreml.interpreter.Tensor;
import bitnet.forward.PageTable;
import bitnet.model.ModelFile;
import bitnet.natives.NativePlatform;
import bitnet.spi.CompileOptions;
import bitnet.spi.Logits;
import bitnet.spi.Step;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every function of an export by Core ML, against the interpreter on the same inputs. On a Mac that is Core ML itself, on each
 * kind of processors; elsewhere it is the double, and nothing may be lost on the way there and back.
 */
class InterpreterAgreementTest {
    private static final boolean MAC = NativePlatform.current().os().equals("macos");
    /**
     * Of the largest output: sums of F16 products may be added in any order and width. Not measured on a Mac yet; what it
     * prints says how far off it was.
     */
    private static final double TOLERANCE = MAC ? 0.02 : 0;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @EnumSource
    void functionsComputeWhatTheInterpreterComputes(Processors processors) throws Exception {
        if (MAC) {
            NativeTests.requireLibrary();
        } else {
            FakeCoreMl.require();
            FakeCoreMl.executeBy(new InterpreterExecutor());
        }
        Set<String> seen = new HashSet<>();
        try (DemoExport demo = new DemoExport(directory);
                ModelFile file = Model.open(demo.model)) {
            CompileOptions options = CompileOptions.of(DemoExport.CONTEXT);
            for (int tokens : new int[] {1, DemoExport.PREFILL - 3}) {
                try (CoreMlSteps steps = CoreMlSteps.load(file.transformer(), demo.artifact, processors, options)) {
                    Step step = new Step(tokens);
                    PageTable pages = new PageTable(steps.keysAndValues());
                    pages.reserve(tokens);
                    Logits logits = Logits.all(file.transformer().config().vocabulary());
                    for (int i = 0; i < tokens; i++) {
                        step.add(pages.cache(), i, 11 * i + 7, i == tokens - 1 ? logits : null);
                    }
                    steps.run(step);
                    String skipped = tokens == 1 ? Function.PREFILL : Function.DECODE;
                    for (LoadedFunction function : steps.functions()) {
                        if (!function.function().name().equals(skipped)) {
                            compare(function, demo.artifact, processors);
                            seen.add(function.function().name());
                        }
                    }
                }
            }
        }
        assertThat(seen).containsExactlyInAnyOrder(Function.PREFILL, Function.DECODE, Function.HEAD);
        if (!MAC) {
            assertThat(FakeCoreMl.live()).isZero();
        }
    }

    private static void compare(LoadedFunction loaded, Artifact artifact, Processors processors) throws Exception {
        Function function = loaded.function();
        Map<String, Tensor> inputs = new HashMap<>();
        for (Feature input : function.inputs()) {
            inputs.put(input.name(), tensor(input, loaded.input(input.name())));
        }
        MilModel interpreter = MilModel.load(packageOf(loaded, artifact));
        Map<String, Tensor> expected =
                interpreter.predict(function.name(), inputs, interpreter.newState(function.name()));
        for (Feature output : function.outputs()) {
            float[] found = tensor(output, loaded.output(output.name())).data();
            float[] wanted = expected.get(output.name()).data();
            double largest = 0;
            double off = 0;
            for (int i = 0; i < wanted.length; i++) {
                largest = Math.max(largest, Math.abs(wanted[i]));
                off = Math.max(off, Math.abs(wanted[i] - found[i]));
            }
            String name = loaded.compiled().getFileName() + " " + function.name() + " " + output.name();
            if (MAC) {
                System.err.printf(
                        "%s on %s: off by %.5f of %.2f; %s%n",
                        name,
                        processors.label(),
                        off,
                        largest,
                        CoreMl.plan(loaded.compiled(), function.name(), processors));
            }
            assertThat(off).as(name).isLessThanOrEqualTo(TOLERANCE * largest);
            assertThat(largest).as(name).isPositive();
        }
    }

    /** What a function was compiled from: the cache names it by its hash. */
    private static Path packageOf(LoadedFunction loaded, Artifact artifact) {
        String compiled = String.valueOf(loaded.compiled().getFileName());
        return artifact.manifest().packages().stream()
                .filter(one -> compiled.startsWith(one.sha256()))
                .map(artifact::path)
                .findFirst()
                .orElseThrow();
    }

    private static Tensor tensor(Feature feature, MemorySegment data) {
        int[] shape = feature.shape().stream().mapToInt(Integer::intValue).toArray();
        return InterpreterExecutor.tensor(data, feature.type() == FeatureType.FLOAT16, shape);
    }
}
