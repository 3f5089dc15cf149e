package bitnet.coreml.mil;

import java.util.List;

/** A parameter of an operation and what it is bound to. */
public sealed interface Argument {
    /** The parameter. */
    String parameter();

    /** As {@code Argument}. */
    default Protobuf message() {
        return switch (this) {
            case Vars list -> {
                Protobuf bindings = new Protobuf();
                list.vars().forEach(one -> bindings.message(1, new Protobuf().text(1, one.name())));
                yield bindings;
            }
            case Inline inline ->
                new Protobuf()
                        .message(1, new Protobuf().message(2, inline.value().message()));
            case State named -> new Protobuf().message(1, new Protobuf().text(1, named.state()));
        };
    }

    /** Bound to a value, or to a list of them. */
    record Vars(String parameter, List<Var> vars) implements Argument {}

    /** Bound to a constant that stands in place; only {@code constexpr} operations have such. */
    record Inline(String parameter, Literal value) implements Argument {}

    /** Bound to a state. */
    record State(String parameter, String state) implements Argument {}

    /** A value. */
    static Argument of(String parameter, Var... vars) {
        return new Vars(parameter, List.of(vars));
    }
}
