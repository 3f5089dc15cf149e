package bitnet.cli;

import bitnet.Device;
import bitnet.DevicePolicy;
import bitnet.ModelInfo;

/** Says what a model runs on. Why a backend before it cannot is in the log. */
final class DeviceNotice {
    private DeviceNotice() {}

    static void say(Console console, DevicePolicy policy, ModelInfo info) {
        Device first = policy.order().getFirst();
        boolean asked = policy.order().size() <= 2;
        if (asked && first != info.device()) {
            boolean present = info.considered().stream().anyMatch(report -> report.device() == first);
            console.say("WARNING: "
                    + (present ? first + " cannot run this model here" : "no backend for " + first + " is installed")
                    + ": running on " + info.device() + " instead, "
                    + (first == Device.APPLE_NEURAL_ENGINE ? "" : "with the same answers ") + "at another speed"
                    + " (--strict-device fails instead)");
        }
        console.say(info.name() + " on " + info.device() + " (" + info.backend() + ", " + info.isa() + ")");
    }
}
