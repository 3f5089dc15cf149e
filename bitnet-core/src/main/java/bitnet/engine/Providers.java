package bitnet.engine;

import bitnet.Device;
import bitnet.scalar.ScalarBackend;
import bitnet.spi.KernelBackend;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds backends. The service loader is driven by hand, because one broken provider must not hide the others: each step may
 * throw, and the next step goes on. The scalar backend is not looked up; it is always there, and last.
 */
final class Providers {
    // a class path whose service files cannot be read at all fails at every step, for ever
    private static final int MOST_FAILURES = 64;

    private final List<Candidate> candidates = new ArrayList<>();
    private final Map<String, Class<?>> ids = new HashMap<>();
    private final Set<Class<?>> known = new HashSet<>();

    private Providers() {
        add(new ScalarBackend(), Integer.MIN_VALUE);
    }

    /**
     * All backends that the library's own class loader and the thread's context class loader see. The first is right for a
     * plain class path or module path; the second for containers, where the library lies above the application that brings
     * a backend.
     */
    static List<Candidate> find() {
        var providers = new Providers();
        providers.collect(ServiceLoader.load(KernelBackend.class, KernelBackend.class.getClassLoader())
                .iterator());
        @Nullable ClassLoader context = Thread.currentThread().getContextClassLoader();
        if (context != null) {
            providers.collect(ServiceLoader.load(KernelBackend.class, context).iterator());
        }
        return List.copyOf(providers.candidates);
    }

    /** The candidates of these providers and the scalar backend. */
    static List<Candidate> of(Iterator<KernelBackend> iterator) {
        var providers = new Providers();
        providers.collect(iterator);
        return List.copyOf(providers.candidates);
    }

    private void collect(Iterator<KernelBackend> iterator) {
        int failures = 0;
        while (failures < MOST_FAILURES) {
            try {
                if (!iterator.hasNext()) {
                    return;
                }
                KernelBackend backend = iterator.next();
                if (!known.contains(backend.getClass())) {
                    add(backend, null);
                }
            } catch (ServiceConfigurationError | LinkageError | RuntimeException e) {
                failures++;
                refuse("provider " + failures, null, "it could not be created: " + rootMessage(e), e);
            }
        }
    }

    private void add(KernelBackend backend, @Nullable Integer fixedPriority) {
        known.add(backend.getClass());
        String type = backend.getClass().getName();
        try {
            String id = backend.id();
            Device device = backend.device();
            if (isNull(id) || isNull(device)) {
                refuse(type, null, "it has no id or no device", null);
                return;
            }
            int version = backend.spiVersion();
            @Nullable Class<?> first = ids.putIfAbsent(id, backend.getClass());
            if (version != KernelBackend.SPI_VERSION) {
                refuse(
                        id,
                        device,
                        "it was made for version " + version + " of the SPI, and this core has version "
                                + KernelBackend.SPI_VERSION + ": use releases that belong together",
                        null);
            } else if (first != null) {
                refuse(id, device, type + " has the id that " + first.getName() + " has", null);
            } else {
                candidates.add(Candidate.of(backend, fixedPriority == null ? backend.priority() : fixedPriority));
            }
        } catch (Exception | LinkageError | AssertionError e) {
            refuse(type, null, "it could not say what it is: " + e, e);
        }
    }

    private void refuse(String id, @Nullable Device device, String reason, @Nullable Throwable cause) {
        candidates.add(Candidate.refused(id, device, reason, cause));
    }

    private static boolean isNull(@Nullable Object value) {
        return value == null;
    }

    /** The service loader's message names the class, its cause what went wrong. */
    private static String rootMessage(Throwable failure) {
        @Nullable Throwable cause = failure.getCause();
        return cause == null ? failure.toString() : failure.getMessage() + ": " + cause;
    }
}
