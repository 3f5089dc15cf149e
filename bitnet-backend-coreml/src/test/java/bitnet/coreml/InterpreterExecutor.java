package bitnet.coreml;

import bitnet.coreml.ffm.Arrays;
import bitnet.coreml.ffm.FakeCoreMl;
import bitnet.coreml.interpreter.MilModel;
import bitnet.coreml.interpreter.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Core ML's arithmetic, by the interpreter of packages: every result is rounded to F16. */
final class InterpreterExecutor implements FakeCoreMl.Executor {
    private final Map<Path, MilModel> models = new HashMap<>();

    @Override
    public synchronized void run(Path compiled, String function, Arrays inputs, Arrays outputs, Arrays states) {
        MilModel model = models.computeIfAbsent(compiled, InterpreterExecutor::load);
        Map<String, Tensor> state = tensors(states);
        Map<String, Tensor> results = model.predict(function, tensors(inputs), state);
        for (Arrays.One output : outputs.all()) {
            store(results.get(output.name()), output.data());
        }
        for (Arrays.One one : states.all()) {
            store(state.get(one.name()), one.data());
        }
    }

    private static MilModel load(Path compiled) {
        try {
            return MilModel.load(compiled);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map<String, Tensor> tensors(Arrays arrays) {
        Map<String, Tensor> tensors = new HashMap<>();
        for (Arrays.One one : arrays.all()) {
            tensors.put(one.name(), tensor(one.data(), one.halves(), one.shape()));
        }
        return tensors;
    }

    /** F16 or int32 elements as the interpreter has them. */
    static Tensor tensor(MemorySegment data, boolean halves, int... shape) {
        return halves
                ? Tensor.ofHalves(data.toArray(ValueLayout.JAVA_SHORT), shape)
                : Tensor.ofInts(data.toArray(ValueLayout.JAVA_INT), shape);
    }

    private static void store(Tensor tensor, MemorySegment to) {
        to.copyFrom(MemorySegment.ofArray(tensor.halves()));
    }
}
