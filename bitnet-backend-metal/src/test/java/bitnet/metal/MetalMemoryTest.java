package bitnet.metal;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.tensor.StoredBytes;
import bitnet.tensor.StoredFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tensors' bytes for the GPU, from files and from memory. */
class MetalMemoryTest {
    private static final int BYTES = 100_003;

    @TempDir
    private Path directory;

    private MetalDevice device;
    private MetalMemory memory;

    @BeforeEach
    void open() throws Exception {
        MetalDouble.requireLibrary();
        device = MetalDevice.open();
        memory = new MetalMemory(device);
    }

    @AfterEach
    void close() {
        if (device != null) {
            memory.close();
            device.close();
            MetalDouble.requireClean();
        }
    }

    @Test
    void fileIsReadIntoMemoryOfTheGpu() throws Exception {
        byte[] content = new byte[BYTES];
        for (int i = 0; i < BYTES; i++) {
            content[i] = (byte) (i * 31 ^ i >> 8);
        }
        Path path = Files.write(directory.resolve("data"), content);
        try (StoredFile file = StoredFile.open(path)) {
            MetalBuffer buffer = memory.load(file.bytes().slice(65, BYTES - 65));
            Files.write(path, new byte[BYTES]);
            assertThat(memory.bytes()).isEqualTo(BYTES - 65);
            assertThat(buffer.data().mismatch(MemorySegment.ofArray(content).asSlice(65)))
                    .isEqualTo(-1);
            memory.free(buffer);
            assertThat(memory.bytes()).isZero();
        }
    }

    @Test
    void memoryIsCopied() {
        MetalBuffer buffer = memory.load(StoredBytes.of(MemorySegment.ofArray(new int[] {1, 2, 3})));
        assertThat(buffer.data().get(ValueLayout.JAVA_INT, 8)).isEqualTo(3);
        assertThat(memory.bytes()).isEqualTo(12);
    }
}
