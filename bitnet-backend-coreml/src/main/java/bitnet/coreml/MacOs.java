package bitnet.coreml;

import bitnet.natives.NativePlatform;
import org.jspecify.annotations.Nullable;

/** Whether this is a system that the backend is for. Asked before anything native is touched. */
final class MacOs {
    /** States and functions of models came with it. */
    private static final int VERSION = 15;

    private MacOs() {}

    /** What is missing here, as a sentence, or null. */
    static @Nullable String missing() {
        return missing(NativePlatform.current(), version());
    }

    /** The system's version, such as {@code 15.1}. */
    static String version() {
        return System.getProperty("os.version", "");
    }

    static @Nullable String missing(NativePlatform platform, String version) {
        if (!platform.os().equals("macos")) {
            return "Core ML is part of macOS, and this is " + platform.os();
        }
        if (!platform.arch().equals("aarch64")) {
            return "the Neural Engine is part of Apple silicon, and this JVM runs on " + platform.arch();
        }
        int major;
        try {
            major = Integer.parseInt(version.split("\\.", 2)[0]);
        } catch (NumberFormatException e) {
            return "the version of macOS is unknown: " + version;
        }
        return major < VERSION ? "it needs macOS " + VERSION + ", and this is " + version : null;
    }
}
