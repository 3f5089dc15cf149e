package bitnet.metal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Data of files for the GPU: in place where it can be, copied where not. */
class MetalMemoryTest {
    private static final int BYTES = 100_003;

    @TempDir
    private Path directory;

    private Path file;
    private MetalDevice device;
    private MetalMemory memory;

    @BeforeEach
    void open() throws Exception {
        MetalDouble.requireLibrary();
        byte[] content = new byte[BYTES];
        for (int i = 0; i < BYTES; i++) {
            content[i] = (byte) (i * 31 ^ i >> 8);
        }
        file = Files.write(directory.resolve("data"), content);
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

    private void require(long from, long bytes, boolean inPlace) throws IOException {
        try (Arena arena = Arena.ofConfined();
                FileChannel channel = FileChannel.open(file)) {
            MemorySegment source =
                    channel.map(MapMode.READ_ONLY, 0, BYTES, arena).asSlice(from, bytes);
            MetalMemory.Slice slice = memory.place(source);
            assertThat(slice.buffer().isWrapped()).isEqualTo(inPlace);
            assertThat(memory.bytes()).isEqualTo(inPlace ? 0 : bytes);
            assertThat(slice.buffer().data().asSlice(slice.offset(), bytes).mismatch(source))
                    .isEqualTo(-1);
            memory.free(slice.buffer());
            assertThat(memory.bytes()).isZero();
        }
    }

    @Test
    void whatLiesAtAMultipleOfFourBytesStaysWhereItIs() throws Exception {
        require(0, BYTES, true);
        require(32, 64, true);
        require(4096, 8192, true);
        require(65536 + 4, BYTES - 65536 - 4, true); // to the end of the file, within a page
    }

    @Test
    void whatLiesAskewIsCopied() throws Exception {
        require(2, 1000, false);
        require(65, 1, false);
    }

    @Test
    void whatMetalDoesNotTakeIsCopied() throws Exception {
        MetalDouble.require();
        MetalDouble.fail("newBufferWithBytesNoCopy:length:options:deallocator:", 0);
        require(32, 64, false);
    }

    @Test
    void memoryOfNoFileIsCopied() {
        MemorySegment heap = MemorySegment.ofArray(new int[] {1, 2, 3});
        MetalMemory.Slice slice = memory.place(heap);
        assertThat(slice.buffer().data().get(ValueLayout.JAVA_INT, 8)).isEqualTo(3);
        assertThat(memory.bytes()).isEqualTo(12);
    }
}
