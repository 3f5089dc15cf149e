package bitnet.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/** The floors of a model on a CPU. */
final class Floors {
    private static final String BUSIER = "the machine was busier when its limits were measured";

    private Floors() {}

    /** Of a token of a prompt. */
    static List<Floor> prefill(Workload work, OptionalDouble int8Products) {
        List<Floor> floors = new ArrayList<>();
        int8Products.ifPresent(rate -> floors.add(new Floor(
                "its int8 products alone",
                rate / work.ternaryWeights(),
                "products by look-up need no int8 units, or " + BUSIER)));
        return floors;
    }

    /** Of a decoded token after {@code positions} others. */
    static List<Floor> decode(Workload work, double positions, OptionalDouble readBytes) {
        List<Floor> floors = new ArrayList<>();
        readBytes.ifPresent(rate -> {
            double layers = work.layerBytes(positions);
            floors.add(new Floor(
                    "reading weights at two bits, all of the head, keys and values",
                    rate / (layers + work.headBytes()),
                    (work.screenBytes().isPresent() ? "a screened head is not read whole, " : "")
                            + "weights may take fewer than two bits, or " + BUSIER));
            work.screenBytes()
                    .ifPresent(screen -> floors.add(new Floor(
                            "reading weights at two bits, an int8 screen of the head, keys and values",
                            rate / (layers + screen),
                            "weights may take fewer than two bits, or " + BUSIER)));
        });
        return floors;
    }
}
