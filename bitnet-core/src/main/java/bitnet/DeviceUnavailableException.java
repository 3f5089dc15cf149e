package bitnet;

import java.util.List;
import java.util.stream.Collectors;

/**
 * No backend satisfied the {@link DevicePolicy}. The message tells why those that were allowed do not serve;
 * {@link #reports()} has the others as well.
 */
public final class DeviceUnavailableException extends BitNetException {
    private static final long serialVersionUID = 1L;
    private final transient List<BackendReport> reports;

    /**
     * @param wanted the devices that were allowed, in words
     * @param reports every backend considered, in order
     */
    public DeviceUnavailableException(String wanted, List<BackendReport> reports) {
        super("no device can run the model; allowed: " + wanted + reasons(reports));
        this.reports = List.copyOf(reports);
    }

    private static String reasons(List<BackendReport> reports) {
        String reasons = reports.stream()
                .filter(report -> report.outcome() != BackendReport.Outcome.NOT_WANTED)
                .map(report -> System.lineSeparator() + "  " + report)
                .collect(Collectors.joining());
        return reasons.isEmpty() ? "; no such backend is installed" : reasons;
    }

    /** Every backend considered, in order. */
    public List<BackendReport> reports() {
        return reports;
    }
}
