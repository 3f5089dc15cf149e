package bitnet.natives;

import java.util.Locale;

/**
 * An operating system and an architecture, by the names that resources use.
 *
 * @param os {@code linux}, {@code macos}, {@code windows}, or another system's name as the JVM gives it
 * @param arch {@code x86_64}, {@code aarch64}, or another architecture's name as the JVM gives it
 */
public record NativePlatform(String os, String arch) {
    /** The platform of this JVM. Under emulation (Rosetta) that is the emulated one, which is also what can be loaded. */
    public static NativePlatform current() {
        return of(System.getProperty("os.name", ""), System.getProperty("os.arch", ""));
    }

    static NativePlatform of(String osName, String osArch) {
        String os = osName.toLowerCase(Locale.ROOT);
        String arch = osArch.toLowerCase(Locale.ROOT);
        return new NativePlatform(
                os.startsWith("mac") || os.startsWith("darwin") ? "macos" : os.startsWith("windows") ? "windows" : os,
                switch (arch) {
                    case "amd64", "x86-64", "x64" -> "x86_64";
                    case "arm64" -> "aarch64";
                    default -> arch;
                });
    }

    /** The file name of a library, such as {@code libbitnet_cpu.so}. */
    public String fileName(String library) {
        return switch (os) {
            case "windows" -> library + ".dll";
            case "macos" -> "lib" + library + ".dylib";
            default -> "lib" + library + ".so";
        };
    }

    /** Where a jar holds a file for this platform, from the root. */
    public String resource(String fileName) {
        return "META-INF/native/bitnet/" + this + "/" + fileName;
    }

    /** {@code os-arch}. */
    @Override
    public String toString() {
        return os + "-" + arch;
    }
}
