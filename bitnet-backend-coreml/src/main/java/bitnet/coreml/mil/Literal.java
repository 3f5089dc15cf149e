package bitnet.coreml.mil;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/** A constant: written into the program itself, or into the weight file, of which the program then names the place. Compared by value. */
public sealed interface Literal {
    /** Its type. */
    TensorType type();

    /** As {@code Value}. */
    private Protobuf message(int field, Protobuf content) {
        return new Protobuf().message(2, type().message()).message(field, content);
    }

    /** As {@code Value}. */
    default Protobuf message() {
        return switch (this) {
            case Halves halves -> message(3, tensor(7, new Protobuf().bytes(1, halfBytes(halves.values()))));
            case Ints ints -> message(3, tensor(2, packed(ints.values())));
            case Bools bools -> message(3, tensor(3, new Protobuf().packed(1, bools.value() ? 1 : 0)));
            case Text text -> message(3, tensor(4, new Protobuf().text(1, text.value())));
            case Stored stored -> message(5, new Protobuf().text(1, WEIGHTS).number(2, stored.offset()));
        };
    }

    /** How programs name the weight file. */
    String WEIGHTS = "@model_path/weights/weight.bin";

    /** F16 values, rounded to nearest even. */
    record Halves(TensorType type, List<Float> values) implements Literal {}

    /** Integers. */
    record Ints(TensorType type, List<Integer> values) implements Literal {}

    /** A truth value. */
    record Bools(TensorType type, boolean value) implements Literal {}

    /** A string. */
    record Text(String value) implements Literal {
        @Override
        public TensorType type() {
            return TensorType.of(DataType.STRING);
        }
    }

    /** In the weight file, where the entry at this offset describes it. */
    record Stored(TensorType type, long offset) implements Literal {}

    /** A scalar. */
    static Literal half(float value) {
        return new Halves(TensorType.of(DataType.FLOAT16), List.of(value));
    }

    /** A few F16 values. */
    static Literal halves(TensorType type, Float... values) {
        return new Halves(type, List.of(values));
    }

    /** A scalar. */
    static Literal integer(int value) {
        return new Ints(TensorType.of(DataType.INT32), List.of(value));
    }

    /** A vector. */
    static Literal integers(int... values) {
        return new Ints(
                TensorType.of(DataType.INT32, values.length),
                Arrays.stream(values).boxed().toList());
    }

    /** A scalar. */
    static Literal bool(boolean value) {
        return new Bools(TensorType.of(DataType.BOOL), value);
    }

    /** A string. */
    static Literal text(String value) {
        return new Text(value);
    }

    private static Protobuf tensor(int field, Protobuf values) {
        return new Protobuf().message(1, new Protobuf().message(field, values));
    }

    private static Protobuf packed(List<Integer> values) {
        return new Protobuf()
                .packed(1, values.stream().mapToLong(Integer::longValue).toArray());
    }

    private static byte[] halfBytes(List<Float> values) {
        ByteBuffer bytes = ByteBuffer.allocate(2 * values.size()).order(ByteOrder.LITTLE_ENDIAN);
        values.forEach(value -> bytes.putShort(Float.floatToFloat16(value)));
        return bytes.array();
    }
}
