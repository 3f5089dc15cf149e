package bitnet.tensor;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.slf4j.Logger;

/** Tensors with pages of nothing but zeros, as files have them whose download was not finished. */
public final class ZeroPages {
    /** Tensors that a message names. */
    private static final int NAMES = 8;

    private ZeroPages() {}

    /** Names of tensors with such pages in what has been read of them, and how many. */
    public static List<String> in(Map<String, StoredBytes> tensors) {
        return tensors.entrySet().stream()
                .flatMap(tensor -> {
                    int pages = tensor.getValue().zeroPages();
                    return pages > 0 ? Stream.of(tensor.getKey() + " (" + pages + ")") : Stream.empty();
                })
                .toList();
    }

    /** Warns of such tensors, if there are any. */
    public static void warn(Logger log, String source, List<String> hollow) {
        if (!hollow.isEmpty()) {
            log.warn(
                    "{}: pages of nothing but zeros in {}; was the file downloaded whole? The answers may be nonsense",
                    source,
                    String.join(", ", hollow.subList(0, Math.min(NAMES, hollow.size())))
                            + (hollow.size() > NAMES ? " and " + (hollow.size() - NAMES) + " more tensors" : ""));
        }
    }
}
