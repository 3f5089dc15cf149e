package bitnet.cpu.ffm;

import bitnet.conformance.Bindings;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** That the generated bindings are those of the header. */
class BindingsTest {
    private static final Bindings BINDINGS = new Bindings(
            Path.of("..", "native", "cpu", "include", "bitnet_cpu.h"),
            "bitnet.cpu.ffm.gen",
            "BitnetCpu",
            "bitnet.cpu.ffm.CpuLibrary.symbols()");

    @TestFactory
    Stream<DynamicTest> bindings() {
        return BINDINGS.checks().stream().map(check -> DynamicTest.dynamicTest(check.name(), check::run));
    }
}
