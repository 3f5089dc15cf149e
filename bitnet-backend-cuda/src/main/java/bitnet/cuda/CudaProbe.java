package bitnet.cuda;

import bitnet.cuda.driver.CudaException;
import bitnet.cuda.driver.CudaLibrary;
import bitnet.cuda.driver.GpuDevice;
import bitnet.spi.Probe;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Whether there is a GPU that can serve, and if not, why not. */
final class CudaProbe {
    /** Turing, the oldest that the compiler of the kernels knows. */
    static final int OLDEST_CAPABILITY = 75;

    private CudaProbe() {}

    static Probe probe() {
        String problem = CudaLibrary.problem();
        if (problem != null) {
            return CudaLibrary.isAbsent()
                    ? new Probe.Absent(problem)
                    : new Probe.Unusable(problem, CudaLibrary.cause());
        }
        if (!KernelImage.isThere()) {
            return new Probe.Unusable("this build has no CUDA kernels: build it where nvcc 13 is installed");
        }
        List<GpuDevice> devices = new ArrayList<>();
        try {
            int count = GpuDevice.count();
            for (int i = 0; i < count; i++) {
                devices.add(GpuDevice.of(i));
            }
        } catch (CudaException e) {
            String reason = "there is no CUDA device: " + e.getMessage();
            return e.error().equals("CUDA_ERROR_NO_DEVICE") ? new Probe.Absent(reason) : new Probe.Unusable(reason, e);
        }
        return devices.isEmpty() ? new Probe.Absent("there is no CUDA device") : probe(devices);
    }

    /** Usable if one of them is; models go to the first unless told otherwise. */
    private static Probe probe(List<GpuDevice> devices) {
        List<String> words = new ArrayList<>();
        List<String> reasons = new ArrayList<>();
        for (GpuDevice device : devices) {
            String reason = refusal(device);
            if (reason == null) {
                words.add(words(device));
            } else {
                reasons.add("cuda:" + device.index() + " " + device.name() + ": " + reason);
            }
        }
        return words.isEmpty()
                ? new Probe.Unusable(String.join("; ", reasons))
                : new Probe.Usable(
                        "driver for CUDA " + CudaLibrary.version(),
                        Stream.concat(words.stream(), reasons.stream()).collect(Collectors.joining("; ")),
                        -1);
    }

    private static @Nullable String refusal(GpuDevice device) {
        if (device.capability() < OLDEST_CAPABILITY) {
            return "its compute capability is " + device.capabilityName() + ", and the kernels need 7.5 or more";
        }
        int wrong = ProductCheck.firstWrongRow(device);
        return wrong < 0 ? null : "row " + wrong + " of a known product came out wrong";
    }

    private static String words(GpuDevice device) {
        return String.format(
                Locale.ROOT,
                "cuda:%d %s (compute capability %s, %d MiB)",
                device.index(),
                device.name(),
                device.capabilityName(),
                device.memoryBytes() >> 20);
    }
}
