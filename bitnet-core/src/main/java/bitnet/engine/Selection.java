package bitnet.engine;

import bitnet.BackendReport;
import bitnet.BackendReport.Outcome;
import bitnet.BitNetException;
import bitnet.Device;
import bitnet.DevicePolicy;
import bitnet.DeviceUnavailableException;
import bitnet.ModelFormatException;
import bitnet.ModelUnsupportedException;
import bitnet.spi.Probe;
import bitnet.spi.UnsupportedByBackendException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The choice of a backend: a function of the policy and the candidates. Candidates are tried in the order of the policy's
 * devices, then of descending priority, then of their ids. One whose probe or whose opening fails is refused with the
 * reason, and the next is tried.
 *
 * @param opened what the chosen backend made
 * @param candidate the chosen backend
 * @param probe what it said about the machine
 * @param reports every candidate and how it fared, in the order in which they were considered
 * @param <T> what is opened
 */
record Selection<T>(T opened, Candidate candidate, Probe.Usable probe, List<BackendReport> reports) {

    /**
     * Chooses.
     *
     * @param policy which devices may serve
     * @param backend id of the only backend allowed, or null for any
     * @param candidates all there are
     * @param open makes a candidate ready; whatever it throws is a refusal, except for a {@link ModelFormatException}, a
     *     {@link ModelUnsupportedException} and a {@link CancellationException}, which no other backend would change
     * @throws DeviceUnavailableException if nobody is left
     */
    static <T> Selection<T> choose(
            DevicePolicy policy, @Nullable String backend, List<Candidate> candidates, Function<Candidate, T> open) {
        List<Device> devices = policy.order();
        List<BackendReport> reports = new ArrayList<>();
        @Nullable Selection<T> chosen = null;
        @Nullable Throwable lastFailure = null;
        for (Candidate candidate : inOrder(devices, candidates)) {
            if (candidate.device() != null && !devices.contains(candidate.device())) {
                reports.add(report(candidate, Outcome.NOT_WANTED, "the devices allowed are: " + words(policy)));
            } else if (backend != null && candidate.backend() != null && !backend.equals(candidate.id())) {
                reports.add(report(candidate, Outcome.NOT_WANTED, "only the backend " + backend + " is wanted"));
            } else if (chosen != null && candidate.backend() != null) {
                reports.add(
                        report(candidate, Outcome.NOT_TRIED, chosen.candidate().id() + " came first"));
            } else {
                switch (candidate.probe().get()) {
                    case Probe.Absent absent -> reports.add(report(candidate, Outcome.ABSENT, absent.reason()));
                    case Probe.Unusable unusable -> {
                        reports.add(report(candidate, Outcome.REFUSED, unusable.reason()));
                        lastFailure = unusable.cause();
                    }
                    case Probe.Usable usable -> {
                        try {
                            chosen = new Selection<>(open.apply(candidate), candidate, usable, reports);
                            reports.add(report(candidate, Outcome.CHOSEN, words(usable)));
                        } catch (ModelFormatException | ModelUnsupportedException | CancellationException e) {
                            throw e;
                        } catch (Exception | Error e) {
                            reports.add(report(candidate, Outcome.REFUSED, "it could not take the model: " + words(e)));
                            lastFailure = e;
                        }
                    }
                }
            }
        }
        if (chosen == null) {
            var unavailable = new DeviceUnavailableException(
                    words(policy) + (backend == null ? "" : ", and only the backend " + backend), reports);
            if (lastFailure != null) {
                unavailable.initCause(lastFailure);
            }
            throw unavailable;
        }
        return new Selection<>(chosen.opened(), chosen.candidate(), chosen.probe(), List.copyOf(reports));
    }

    /** Probes every candidate, in the order of these devices and then the others. */
    static List<BackendReport> survey(List<Device> devices, List<Candidate> candidates) {
        return inOrder(devices, candidates).stream()
                .map(candidate -> switch (candidate.probe().get()) {
                    case Probe.Absent absent -> report(candidate, Outcome.ABSENT, absent.reason());
                    case Probe.Unusable unusable -> report(candidate, Outcome.REFUSED, unusable.reason());
                    case Probe.Usable usable -> report(candidate, Outcome.USABLE, words(usable));
                })
                .toList();
    }

    private static List<Candidate> inOrder(List<Device> devices, List<Candidate> candidates) {
        return candidates.stream()
                .sorted(Comparator.<Candidate>comparingInt(candidate -> rank(devices, candidate.device()))
                        .thenComparing(
                                Comparator.comparingInt(Candidate::priority).reversed())
                        .thenComparing(Candidate::id))
                .toList();
    }

    private static int rank(List<Device> devices, @Nullable Device device) {
        int rank = device == null ? -1 : devices.indexOf(device);
        return rank < 0 ? devices.size() : rank;
    }

    private static BackendReport report(Candidate candidate, Outcome outcome, String detail) {
        return new BackendReport(candidate.id(), candidate.device(), outcome, detail);
    }

    private static String words(DevicePolicy policy) {
        return switch (policy) {
            case DevicePolicy.Require(Device device) -> "only " + device.label();
            case DevicePolicy.Prefer _ ->
                policy.order().stream().map(Device::label).collect(Collectors.joining(", then "));
        };
    }

    private static String words(Probe.Usable usable) {
        String memory = usable.memoryBytes() < 0 ? "" : ", " + (usable.memoryBytes() >> 20) + " MiB";
        return usable.isa() + ", " + usable.version() + memory;
    }

    private static String words(Throwable failure) {
        @Nullable String message = failure.getMessage();
        boolean forPeople = failure instanceof BitNetException || failure instanceof UnsupportedByBackendException;
        return forPeople && message != null ? message : failure.toString();
    }
}
