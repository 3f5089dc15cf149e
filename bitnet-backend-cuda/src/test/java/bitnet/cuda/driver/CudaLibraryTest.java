package bitnet.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.cuda.SimulatedGpu;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Drivers that are not there, or are not drivers. */
class CudaLibraryTest {
    @Test
    void namesTheFileThatIsNotThere(@TempDir Path directory) {
        String path = directory.resolve("libcuda.so.1").toString();
        assertThat(CudaLibrary.Opened.open(path).problem())
                .isEqualTo("there is no CUDA driver: -Dbitnet.cuda.library=" + path + " is not a file");
    }

    @Test
    void refusesAnOldDriver() {
        SimulatedGpu.requireSimulated();
        SimulatedGpu.set("version", 12080);
        assertThat(CudaLibrary.Opened.open(SimulatedGpu.library().toString()).problem())
                .isEqualTo("the driver is for CUDA 12.8, which is too old: the kernels need 13.0 or newer");
        SimulatedGpu.reset();
    }

    @Test
    void hasTheNameOfEachSystem() {
        assertThat(CudaLibrary.fileName("Linux")).isEqualTo("libcuda.so.1");
        assertThat(CudaLibrary.fileName("Windows 11")).isEqualTo("nvcuda.dll");
    }

    @Test
    void writesVersionsAsPeopleDo() {
        assertThat(CudaLibrary.versionName(13000)).isEqualTo("13.0");
        assertThat(CudaLibrary.versionName(12080)).isEqualTo("12.8");
    }
}
