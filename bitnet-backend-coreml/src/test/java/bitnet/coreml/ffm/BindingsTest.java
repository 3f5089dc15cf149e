package bitnet.coreml.ffm;

import bitnet.conformance.Bindings;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** That the generated bindings are those of the header. */
class BindingsTest {
    private static final Bindings BINDINGS = new Bindings(
            Path.of("..", "native", "coreml", "include", "bitnet_coreml.h"),
            "bitnet.coreml.ffm.gen",
            "BitnetCoreMl",
            "bitnet.coreml.ffm.CoreMlLibrary.symbols()");

    @TestFactory
    Stream<DynamicTest> bindings() {
        return BINDINGS.checks().stream().map(check -> DynamicTest.dynamicTest(check.name(), check::run));
    }
}
