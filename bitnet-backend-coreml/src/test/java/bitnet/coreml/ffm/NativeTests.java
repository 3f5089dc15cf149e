package bitnet.coreml.ffm;

import static org.assertj.core.api.Assumptions.assumeThat;

import bitnet.natives.NativeLibraryException;

/** For tests that need the native library: over the double, or on a Mac over Core ML. Where CI runs it has to be there. */
public final class NativeTests {
    private NativeTests() {}

    /** Skips the test, or fails it, where the library is not there. */
    public static void requireLibrary() {
        try {
            CoreMlLibrary.require();
        } catch (NativeLibraryException e) {
            if ("1".equals(System.getenv("BITNET_CI"))) {
                throw new AssertionError("no native library to test", e);
            }
            assumeThat(e).as("this build has no native library").isNull();
        }
    }
}
