package bitnet.coreml.mil;

import bitnet.coreml.artifact.Feature;
import bitnet.coreml.artifact.Function;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A function of a program, operation after operation. Not thread-safe. */
public final class FunctionBuilder {
    /** The operations of iOS 18 and macOS 15. */
    static final String OPSET = "CoreML8";

    private final String name;
    private final List<Feature> inputs = new ArrayList<>();
    private final List<Feature> states = new ArrayList<>();
    private final List<Feature> outputs = new ArrayList<>();
    private final List<Operation> operations = new ArrayList<>();
    private final Map<Literal, Var> constants = new HashMap<>();
    private final Set<String> names = new HashSet<>();

    private record Operation(
            String type,
            List<Argument> arguments,
            @Nullable Var output,
            @Nullable Literal value) {}

    /** A function without operations yet. */
    public FunctionBuilder(String name) {
        this.name = name;
    }

    /** Declares an input. */
    public Var input(Feature feature) {
        inputs.add(feature);
        return new Var(unique(feature.name()), typeOf(feature));
    }

    /** Declares a state. */
    public void state(Feature feature) {
        states.add(feature);
        unique(feature.name());
    }

    /** A constant; the same one again if the function has it. */
    public Var constant(String hint, Literal value) {
        return constants.computeIfAbsent(value, literal -> {
            Var constant = new Var(unique(hint), literal.type());
            operations.add(new Operation("const", List.of(), constant, literal));
            return constant;
        });
    }

    /** An operation with a result. */
    public Var operation(String type, String hint, TensorType result, Argument... arguments) {
        Var output = new Var(unique(hint), result);
        operations.add(new Operation(type, List.of(arguments), output, null));
        return output;
    }

    /** An operation without one. */
    public void effect(String type, Argument... arguments) {
        operations.add(new Operation(type, List.of(arguments), null, null));
    }

    /** Declares a result of the function, which gets the feature's name. */
    public void output(Feature feature, Var result) {
        if (!typeOf(feature).equals(result.type())) {
            throw new IllegalArgumentException(feature + " is not " + result.type());
        }
        result.rename(unique(feature.name()));
        outputs.add(feature);
    }

    /** What a program that calls the function needs to know. */
    public Function describe() {
        return new Function(name, inputs, outputs, states);
    }

    /** As {@code Function}. */
    Protobuf message() {
        Protobuf function = new Protobuf();
        inputs.forEach(
                input -> function.message(1, named(input.name(), typeOf(input).message())));
        states.forEach(
                state -> function.message(1, named(state.name(), typeOf(state).stateMessage())));
        Protobuf block = new Protobuf();
        outputs.forEach(output -> block.text(2, output.name()));
        for (int i = 0; i < operations.size(); i++) {
            block.message(3, message(operations.get(i), i));
        }
        return function.text(2, OPSET).entry(3, OPSET, block);
    }

    private static Protobuf message(Operation operation, int index) {
        Protobuf message = new Protobuf().text(1, operation.type());
        operation.arguments().forEach(argument -> message.entry(2, argument.parameter(), argument.message()));
        Var output = operation.output();
        if (output != null) {
            message.message(3, named(output.name(), output.type().message()));
        }
        String name = output == null ? operation.type() + "_" + index : output.name();
        message.entry(5, "name", Literal.text(name).message());
        if (operation.value() != null) {
            message.entry(5, "val", operation.value().message());
        }
        return message;
    }

    private static Protobuf named(String name, Protobuf type) {
        return new Protobuf().text(1, name).message(2, type);
    }

    private static TensorType typeOf(Feature feature) {
        return new TensorType(
                switch (feature.type()) {
                    case FLOAT16 -> DataType.FLOAT16;
                    case INT32 -> DataType.INT32;
                },
                feature.shape());
    }

    /** An identifier that no other value of the function has. */
    private String unique(String hint) {
        String word = hint.replaceAll("[^A-Za-z0-9_]", "_");
        String candidate = word;
        for (int i = 1; !names.add(candidate); i++) {
            candidate = word + "_" + i;
        }
        return candidate;
    }
}
