package bitnet.metal;

import bitnet.conformance.Bindings;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** That the generated bindings are those of the header. */
class BindingsTest {
    private static final Bindings BINDINGS = new Bindings(
            Path.of("..", "native", "metal", "include", "bitnet_metal.h"),
            "bitnet.metal.gen",
            "BitnetMetal",
            "bitnet.metal.MetalLibrary.symbols()");

    @TestFactory
    Stream<DynamicTest> bindings() {
        return BINDINGS.checks().stream().map(check -> DynamicTest.dynamicTest(check.name(), check::run));
    }
}
