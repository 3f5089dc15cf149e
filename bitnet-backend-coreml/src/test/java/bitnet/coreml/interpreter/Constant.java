package bitnet.coreml.interpreter;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A constant of a program.
 *
 * @param type as declared
 * @param tensor its elements; of a truth value 0 or 1
 * @param text if it is a string
 * @param offset in the weight file, or -1
 */
public record Constant(
        Type type, @Nullable Tensor tensor, @Nullable String text, long offset) {
    private static final String WEIGHTS = "@model_path/weights/weight.bin";

    /** From a {@code Value}. */
    static Constant of(Message value, WeightReader weights) {
        Type type = Type.of(value.message(2));
        int[] shape = type.shape().stream().mapToInt(Integer::intValue).toArray();
        if (value.has(5)) {
            Message file = value.message(5);
            if (!file.text(1).equals(WEIGHTS)) {
                throw new IllegalArgumentException("there is no weight file " + file.text(1));
            }
            return new Constant(type, new Tensor(weights.read(file.number(2), type), shape), null, file.number(2));
        }
        Message tensor = value.message(3).message(1);
        if (type.element() == Type.STRING) {
            return new Constant(type, null, tensor.message(4).text(1), -1);
        }
        float[] elements = switch (type.element()) {
            case Type.FLOAT16 -> halves(tensor.message(7).bytes(1));
            case Type.INT32 -> floats(tensor.message(2).packed(1));
            case Type.BOOL -> floats(tensor.message(3).packed(1));
            default -> throw new IllegalArgumentException("element type " + type.element());
        };
        return new Constant(type, new Tensor(elements, shape), null, -1);
    }

    private static float[] halves(byte[] bytes) {
        ByteBuffer halves = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        float[] values = new float[bytes.length / 2];
        for (int i = 0; i < values.length; i++) {
            values[i] = Float.float16ToFloat(halves.getShort());
        }
        return values;
    }

    private static float[] floats(List<Long> numbers) {
        float[] values = new float[numbers.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = numbers.get(i).intValue();
        }
        return values;
    }
}
