package bitnet.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PhysicalCoresTest {
    @TempDir
    private Path root;

    private void machine(String allowed, String... siblings) throws IOException {
        Files.createDirectories(root.resolve("proc/self"));
        Files.writeString(
                root.resolve("proc/self/status"),
                "Name:\tjava\nCpus_allowed:\tff\nCpus_allowed_list:\t" + allowed + "\n");
        for (int cpu = 0; cpu < siblings.length; cpu++) {
            Path topology = Files.createDirectories(root.resolve("sys/devices/system/cpu/cpu" + cpu + "/topology"));
            Files.writeString(topology.resolve("thread_siblings_list"), siblings[cpu] + "\n");
        }
    }

    @Test
    void countsTwoThreadsOfACoreOnce() throws IOException {
        machine("0-7", "0,4", "1,5", "2,6", "3,7", "0,4", "1,5", "2,6", "3,7");
        assertThat(PhysicalCores.count(root, 8)).isEqualTo(4);
    }

    @Test
    void obeysAffinity() throws IOException {
        machine("1,4-5", "0,4", "1,5", "2,6", "3,7", "0,4", "1,5", "2,6", "3,7");
        assertThat(PhysicalCores.count(root, 3)).isEqualTo(2);
    }

    @Test
    void obeysTheContainersShare() throws IOException {
        machine("0-3", "0", "1", "2", "3");
        assertThat(PhysicalCores.count(root, 2)).isEqualTo(2);
    }

    @Test
    void elsewhereCountsProcessors() throws IOException {
        assertThat(PhysicalCores.count(root, 6)).isEqualTo(6);
        machine("0-1,x", "0", "1");
        assertThat(PhysicalCores.count(root, 6)).isEqualTo(6);
        machine("0-3", "0", "1");
        assertThat(PhysicalCores.count(root, 6)).isEqualTo(6);
    }

    @Test
    void thisMachineHasAtLeastOne() {
        assertThat(PhysicalCores.count()).isBetween(1, Runtime.getRuntime().availableProcessors());
    }
}
