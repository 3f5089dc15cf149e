package bitnet.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.BitNetException;
import bitnet.ModelFormatException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Models in several files. */
class GgufSplitTest {
    @TempDir
    Path directory;

    /** Part {@code number} of three: the first has the metadata, each other one tensor of its number. */
    private static byte[] part(int number, int count) {
        GgufBytes file = GgufBytes.header(3, number == 0 ? 0 : 1, number == 0 ? 4 : 3);
        if (number == 0) {
            file.text("general.name", "set");
        }
        file.key("split.no", GgufValueType.UINT16).raw((byte) number, (byte) 0);
        file.key("split.count", GgufValueType.UINT16).raw((byte) count, (byte) 0);
        file.key("split.tensors.count", GgufValueType.INT32).int32(count - 1);
        if (number == 0) {
            return file.bytes();
        }
        byte[] bytes = file.tensor("t" + number, 0, 0, 8).data(32).bytes();
        bytes[bytes.length - 1] = (byte) number;
        return bytes;
    }

    private Path path(int number) {
        return directory.resolve("m-%05d-of-00003.gguf".formatted(number + 1));
    }

    private void write() throws Exception {
        for (int i = 0; i < 3; i++) {
            Files.write(path(i), part(i, 3));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void opensByAnyOfItsParts(int named) throws Exception {
        write();
        try (GgufFile file = GgufFile.open(path(named))) {
            assertThat(file.source()).isEqualTo(path(named).toString());
            assertThat(file.metadata().text("general.name")).hasValue("set");
            assertThat(file.tensors()).extracting(GgufTensor::name).containsExactly("t1", "t2");
            for (int i = 1; i < 3; i++) {
                GgufTensor tensor = file.tensor("t" + i).orElseThrow();
                assertThat(file.data(tensor).copy().get(ValueLayout.JAVA_BYTE, 31))
                        .isEqualTo((byte) i);
            }
            assertThat(file.size()).isEqualTo(Files.size(path(0)) + Files.size(path(1)) + Files.size(path(2)));
            file.requireUnchanged();
            Files.write(path(2), new byte[5]);
            assertThatThrownBy(file::requireUnchanged)
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContaining("m-00003-of-00003.gguf");
        }
    }

    @Test
    void namesWhatIsMissing() throws Exception {
        write();
        Files.delete(path(1));
        assertBroken(path(0), "part 2 of 3 (m-00002-of-00003.gguf) is missing");
        Files.delete(path(0));
        assertBroken(path(2), "2 parts are missing: 1 of 3 (m-00001-of-00003.gguf), 2 of 3");
        Path renamed = Files.move(path(2), directory.resolve("model.gguf"));
        assertBroken(renamed, "does not end with -00003-of-00003.gguf");
    }

    @Test
    void refusesPartsThatDoNotBelongTogether() throws Exception {
        write();
        Files.write(path(1), part(2, 3));
        assertBroken(path(0), "not part 2 of 3");
        Files.write(path(1), GgufBytes.header(3, 0, 0).bytes());
        assertBroken(path(0), "not part 2 of 3");
        byte[] other = part(1, 3);
        other[new String(other, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf("t1") + 1] = '2';
        Files.write(path(1), other);
        assertBroken(path(0), "the tensor is in");
    }

    @Test
    void damagedSetsAreRefusedOrOpen() throws Exception {
        Random random = new Random(5);
        for (int i = 0; i < 1500; i++) {
            write();
            int number = random.nextInt(3);
            byte[] damaged = part(number, 3);
            for (int n = random.nextInt(3); n >= 0; n--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            Files.write(path(number), damaged);
            try (GgufFile file = GgufFile.open(path(random.nextInt(3)))) {
                for (GgufTensor tensor : List.copyOf(file.tensors())) {
                    if (tensor.bytes() >= 0) {
                        file.data(tensor).copy();
                    }
                }
            } catch (BitNetException e) {
                // as it should be
            }
        }
    }

    private static void assertBroken(Path path, String problem) {
        assertThatThrownBy(() -> GgufFile.open(path))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(problem);
    }
}
