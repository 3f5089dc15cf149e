package bitnet.coreml.mil;

import bitnet.coreml.artifact.Feature;
import bitnet.coreml.artifact.Function;
import java.util.List;

/** A program as a Core ML model: its functions, and their description for those who call them. */
public final class Program {
    /** iOS 18 and macOS 15. */
    private static final int SPECIFICATION_VERSION = 9;

    private Program() {}

    /**
     * The content of a {@code .mlmodel} file.
     *
     * @param functions the first is what is loaded if none is asked for
     * @param about one line for people
     * @param version of what wrote it
     */
    public static byte[] serialize(List<FunctionBuilder> functions, String about, String version) {
        Protobuf program = new Protobuf().number(1, 1);
        Protobuf description = new Protobuf();
        for (FunctionBuilder function : functions) {
            program.entry(2, function.describe().name(), function.message());
            description.message(20, describe(function.describe()));
        }
        description.text(21, functions.getFirst().describe().name());
        description.message(100, new Protobuf().text(1, about).text(2, version).text(3, "bitnet"));
        return new Protobuf()
                .number(1, SPECIFICATION_VERSION)
                .message(2, description)
                .message(502, program)
                .toBytes();
    }

    /** As {@code FunctionDescription}. */
    private static Protobuf describe(Function function) {
        Protobuf message = new Protobuf().text(1, function.name());
        function.inputs().forEach(input -> message.message(2, describe(input, false)));
        function.outputs().forEach(output -> message.message(3, describe(output, false)));
        function.states().forEach(state -> message.message(6, describe(state, true)));
        return message;
    }

    /** As {@code FeatureDescription}. */
    private static Protobuf describe(Feature feature, boolean isState) {
        long[] shape = feature.shape().stream().mapToLong(Integer::longValue).toArray();
        int type = switch (feature.type()) {
            case FLOAT16 -> 65552;
            case INT32 -> 131104;
        };
        Protobuf array = new Protobuf().packed(1, shape).number(2, type);
        Protobuf wrapped = isState
                ? new Protobuf().message(8, new Protobuf().message(1, array))
                : new Protobuf().message(5, array);
        return new Protobuf().text(1, feature.name()).message(3, wrapped);
    }
}
