package bitnet.coreml.mil;

/** The result of an operation, or an input of a function. Belongs to the {@link FunctionBuilder} that made it. */
public final class Var {
    private final TensorType type;
    private String name;

    Var(String name, TensorType type) {
        this.name = name;
        this.type = type;
    }

    /** Its type. */
    public TensorType type() {
        return type;
    }

    /** A dimension of its shape. */
    public int dimension(int axis) {
        return type.dimension(axis);
    }

    String name() {
        return name;
    }

    void rename(String newName) {
        name = newName;
    }
}
