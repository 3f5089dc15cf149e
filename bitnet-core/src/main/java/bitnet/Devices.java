package bitnet;

import bitnet.engine.Loader;
import java.util.List;

/** The backends on this machine, without a model. */
public final class Devices {
    private Devices() {}

    /**
     * Probes every backend: whether it works here ({@link BackendReport.Outcome#USABLE}) or why not. Each loads its native
     * library or driver and runs a small known product, so this may take a moment. Thread-safe.
     *
     * @return in the order in which {@link DevicePolicy#auto()} tries them, then the devices that it leaves out
     */
    public static List<BackendReport> probe() {
        return Loader.probe();
    }
}
