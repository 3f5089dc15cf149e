package bitnet.coreml.interpreter;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A package that is loaded to be run: every value is rounded to F16, sums are wider. Its functions are called by name, with
 * the state that {@link #newState} makes. Not thread-safe.
 */
public final class MilModel {
    private final Map<String, Interpreter> functions = new LinkedHashMap<>();
    private final Map<String, Code> codes = new LinkedHashMap<>();
    private final Map<String, Float> magnitudes = new TreeMap<>();

    /**
     * Loads a package.
     *
     * @param mlpackage its directory
     * @throws IllegalArgumentException if {@link ProgramCheck} finds something wrong with it
     */
    public static MilModel load(Path mlpackage) throws IOException {
        MlPackage content = MlPackage.read(mlpackage);
        List<String> problems = ProgramCheck.problems(content);
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(mlpackage + ": " + String.join("; ", problems));
        }
        return new MilModel(content);
    }

    private MilModel(MlPackage content) {
        Map<String, Tensor> shared = new HashMap<>();
        Map<Tensor, float[]> turned = new IdentityHashMap<>();
        content.functions().forEach((name, code) -> {
            codes.put(name, code);
            functions.put(name, new Interpreter(code, shared, turned, magnitudes));
        });
    }

    /** The names of the functions, the default first. */
    public Set<String> functions() {
        return functions.keySet();
    }

    /** The inputs of a function, by name; states are not among them. */
    public Map<String, Type> inputs(String function) {
        return declared(function, false);
    }

    /** The states of a function, by name. */
    public Map<String, Type> states(String function) {
        return declared(function, true);
    }

    /** The names of a function's results. */
    public List<String> outputs(String function) {
        return code(function).outputs();
    }

    /** A state of zeros, by name; it may be given to any function of the package. */
    public Map<String, Tensor> newState(String function) {
        Map<String, Tensor> state = new HashMap<>();
        states(function)
                .forEach((name, type) -> state.put(
                        name,
                        Tensor.zeros(type.shape().stream()
                                .mapToInt(Integer::intValue)
                                .toArray())));
        return state;
    }

    /**
     * Calls a function.
     *
     * @param inputs by name
     * @param state is changed
     * @return the results by name
     * @throws IllegalArgumentException if an input is missing or has the wrong shape, or an index is out of range
     */
    public Map<String, Tensor> predict(String function, Map<String, Tensor> inputs, Map<String, Tensor> state) {
        code(function);
        return functions.get(function).run(inputs, state);
    }

    /** The largest magnitude of each value in all calls so far, by function and name: {@code decode/y}. */
    public Map<String, Float> magnitudes() {
        return magnitudes;
    }

    private Code code(String function) {
        Code code = codes.get(function);
        if (code == null) {
            throw new IllegalArgumentException("there is no function " + function + ", only " + codes.keySet());
        }
        return code;
    }

    private Map<String, Type> declared(String function, boolean state) {
        Map<String, Type> types = new LinkedHashMap<>();
        for (Instruction.Declared input : code(function).inputs()) {
            if (input.type().state() == state) {
                types.put(input.name(), input.type());
            }
        }
        return types;
    }
}
