package bitnet;

import java.util.List;
import java.util.stream.Collectors;

/** No backend satisfied the {@link DevicePolicy}. {@link #reports()} has every backend considered and why it was refused. */
public final class DeviceUnavailableException extends BitNetException {
    private static final long serialVersionUID = 1L;
    private final transient List<BackendReport> reports;

    /**
     * @param wanted the policy, in words
     * @param reports every backend considered, in order
     */
    public DeviceUnavailableException(String wanted, List<BackendReport> reports) {
        super("no backend for " + wanted
                + reports.stream().map(r -> System.lineSeparator() + "  " + r).collect(Collectors.joining()));
        this.reports = List.copyOf(reports);
    }

    /** Every backend considered, in order. */
    public List<BackendReport> reports() {
        return reports;
    }
}
