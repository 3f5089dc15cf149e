package bitnet.coreml;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.natives.NativePlatform;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MacOsTest {
    @ParameterizedTest
    @CsvSource({
        "linux,   x86_64,  6.1,    'Core ML is part of macOS, and this is linux'",
        "windows, aarch64, 11,     'Core ML is part of macOS, and this is windows'",
        "macos,   x86_64,  15.1,   'the Neural Engine is part of Apple silicon, and this JVM runs on x86_64'",
        "macos,   aarch64, 14.7.1, 'it needs macOS 15, and this is 14.7.1'",
        "macos,   aarch64, ?,      'the version of macOS is unknown: ?'",
        "macos,   aarch64, 15,",
        "macos,   aarch64, 15.0.1,",
        "macos,   aarch64, 26.1,",
    })
    void saysWhatIsMissing(String os, String arch, String version, String missing) {
        assertThat(MacOs.missing(new NativePlatform(os, arch), version)).isEqualTo(missing);
    }
}
