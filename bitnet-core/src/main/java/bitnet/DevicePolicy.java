package bitnet;

import java.util.ArrayList;
import java.util.List;

/** Which devices may serve a model, and in which order. */
public sealed interface DevicePolicy {
    /** Try these devices in order; the CPU is the last resort even when it is not named. */
    record Prefer(List<Device> devices) implements DevicePolicy {
        public Prefer {
            devices = List.copyOf(devices);
        }
    }

    /** This device or a {@link DeviceUnavailableException} with all reports. */
    record Require(Device device) implements DevicePolicy {}

    /**
     * CUDA, Apple GPU, then CPU. The Apple Neural Engine comes before the CPU for a model that was exported for it: it
     * computes in F16 and does not give the same bits as the others, so nobody gets it without having asked.
     */
    static DevicePolicy auto() {
        return new Prefer(List.of(Device.CUDA, Device.APPLE_GPU, Device.CPU));
    }

    /** These devices in order, then the CPU. */
    static DevicePolicy prefer(Device... devices) {
        return new Prefer(List.of(devices));
    }

    /** This device only. */
    static DevicePolicy require(Device device) {
        return new Require(device);
    }

    /** The devices in the order in which they are tried. */
    default List<Device> order() {
        return switch (this) {
            case Require require -> List.of(require.device());
            case Prefer prefer -> {
                var order = new ArrayList<>(prefer.devices());
                if (!order.contains(Device.CPU)) {
                    order.add(Device.CPU);
                }
                yield List.copyOf(order);
            }
        };
    }
}
