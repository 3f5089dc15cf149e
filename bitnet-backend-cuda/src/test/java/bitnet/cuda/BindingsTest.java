package bitnet.cuda;

import bitnet.conformance.Bindings;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** That the generated bindings are those of the headers. */
class BindingsTest {
    private static final Path HEADERS = Path.of("..", "native", "cuda", "include");
    private static final Bindings DRIVER = new Bindings(
            HEADERS.resolve("cuda_driver.h"),
            "bitnet.cuda.driver.gen",
            "Cuda",
            "bitnet.cuda.driver.CudaLibrary.symbols()");
    private static final Bindings ARGUMENTS = new Bindings(
            HEADERS.resolve("bitnet_cuda.h"),
            "bitnet.cuda.gen",
            "BitnetCuda",
            "bitnet.cuda.driver.CudaLibrary.symbols()");

    @TestFactory
    Stream<DynamicTest> driver() {
        return tests(DRIVER);
    }

    @TestFactory
    Stream<DynamicTest> arguments() {
        return tests(ARGUMENTS);
    }

    private static Stream<DynamicTest> tests(Bindings bindings) {
        return bindings.checks().stream().map(check -> DynamicTest.dynamicTest(check.name(), check::run));
    }
}
