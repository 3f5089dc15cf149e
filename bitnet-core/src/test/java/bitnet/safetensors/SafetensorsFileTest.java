package bitnet.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.ModelFormatException;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsFileTest {
    @TempDir
    Path directory;

    private static byte[] small() {
        return new SafetensorsBuilder()
                .addHeader("\"__metadata__\":{\"format\":\"pt\"}")
                .add("a", "F32", "[2]", SafetensorsBuilder.f32(1.5f, -2))
                .add("empty", "BF16", "[0, 7]", new byte[0])
                .add("scalar", "U8", "[]", new byte[] {42})
                .add("b", "I64", "[1, 1]", new byte[] {1, 2, 3, 4, 5, 6, 7, 8})
                .build();
    }

    @Test
    void tensorsAreViewsOfTheirBytes() throws IOException {
        Path path = Files.write(directory.resolve("small.safetensors"), small());
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertThat(file.tensors().keySet()).containsExactly("a", "empty", "scalar", "b");
            assertThat(file.metadata()).containsOnlyKeys("format").containsValue("pt");
            StoredTensor a = file.tensor("a");
            assertThat(a.describe()).isEqualTo("F32 [2]");
            assertThat(a.data().copy().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4)).isEqualTo(-2);
            assertThat(file.tensor("scalar").data().copy().toArray(ValueLayout.JAVA_BYTE))
                    .containsExactly(42);
            assertThat(file.tensor("b").data().copy().toArray(ValueLayout.JAVA_BYTE))
                    .containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
            assertThat(file.tensor("c")).isNull();
        }
    }

    @Test
    void closingTwiceIsFine() throws IOException {
        SafetensorsFile file = SafetensorsFile.open(Files.write(directory.resolve("small.safetensors"), small()));
        file.close();
        file.close();
        assertThatThrownBy(() -> file.tensor("a").data().copy()).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aFileCutShortAnywhereIsRefused() throws IOException {
        byte[] whole = small();
        Path path = directory.resolve("cut.safetensors");
        for (int length = 0; length < whole.length; length++) {
            Files.write(path, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> SafetensorsFile.open(path))
                    .as("%d of %d bytes", length, whole.length)
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageStartingWith(path + ": ");
        }
    }

    /** Offsets beyond 4 GiB, in a file that takes no room on disk. */
    @Test
    void tensorsMayBeLargerThanAnInt() throws IOException {
        long size = 5_000_000_001L;
        byte[] head = SafetensorsBuilder.file(
                "{\"big\":{\"dtype\":\"U8\",\"shape\":[5000000001],\"data_offsets\":[0,5000000001]},"
                        + "\"last\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[5000000001,5000000005]}}",
                new byte[0]);
        Path path = directory.resolve("sparse.safetensors");
        try (var channel = FileChannel.open(
                path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            channel.write(ByteBuffer.wrap(head));
            channel.write(ByteBuffer.wrap(SafetensorsBuilder.bf16(1, -3)), head.length + size);
        }
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertThat(file.tensor("big").data().byteSize()).isEqualTo(size);
            assertThat(FloatTensors.vector(file.tensor("last"))).containsExactly(1, -3);
        }
    }

    @Test
    void bytesAfterTheTensorsAreRefused() throws IOException {
        byte[] whole = small();
        refused(Arrays.copyOf(whole, whole.length + 1), "end of the tensors: at 17, but the file has 18 bytes of data");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[]                                                                       | byte 91, expected {",
                "{}{}                                                                     | more after the end of the document",
                "{\"a\":1}                                                                | found a number, expected an object",
                "{\"a\":{}}                                                               | expected dtype, shape and data_offsets",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[4]}}                                 | expected dtype, shape and data_offsets",
                "{\"a\":{\"dtype\":\"U9\",\"shape\":[4],\"data_offsets\":[0,4]}}          | unknown dtype \"U9\"",
                "{\"a\":{\"dtype\":8,\"shape\":[4],\"data_offsets\":[0,4]}}               | found a number, expected a string",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[5],\"data_offsets\":[0,4]}}          | takes 5 bytes, but data_offsets [0, 4] hold 4",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[-4],\"data_offsets\":[0,4]}}         | expected a whole number from 0",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[4.0],\"data_offsets\":[0,4]}}        | found a number, expected a whole number",
                "{\"a\":{\"dtype\":\"F4\",\"shape\":[7],\"data_offsets\":[0,4]}}          | no whole number of bytes",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[9223372036854775807,3],\"data_offsets\":[0,4]}} | no whole number of bytes",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[99999999999999999999],\"data_offsets\":[0,4]}} | out of range",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[4,0]}}          | expected begin and end",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0]}}            | expected begin and end",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4,8]}}        | a third number",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4],\"x\":1}}  | unknown field",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[1,4]}}          | a: begins at 1, behind a hole after the header",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]}}          | end of the tensors: at 3, but the file has 4",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[5],\"data_offsets\":[0,5]}}          | a: ends at 5, but the file has 4",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]},\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[2,4]}}"
                        + " | b: begins at 2, inside of a, which ends at 3",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[2,4]}}"
                        + " | Duplicate field 'a'",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}} x        | Unrecognized token",
                "{\"__metadata__\":{\"a\":1}}                                             | found a number, expected a string",
            })
    void brokenHeadersAreRefused(String header, String problem) throws IOException {
        refused(SafetensorsBuilder.file(header, new byte[4]), problem.strip());
    }

    @Test
    void spacesMayFollowTheHeader() throws IOException {
        String header = "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}}     ";
        Path path = Files.write(directory.resolve("padded"), SafetensorsBuilder.file(header, new byte[4]));
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertThat(file.tensors()).containsOnlyKeys("a");
        }
    }

    @ParameterizedTest
    @CsvSource({"0", "1", "9", "9223372036854775807", "-1", "-9223372036854775808", "100000001"})
    void aHeaderThatDoesNotFitIsRefused(long length) throws IOException {
        byte[] file = SafetensorsBuilder.file("{}      ", new byte[0]);
        ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putLong(0, length);
        refused(file, "a header of " + Long.toUnsignedString(length) + " bytes, expected from 2 to 8");
    }

    @Test
    void namesMustBeUtf8() throws IOException {
        byte[] file = small();
        file[8 + new String(file, 8, 200, StandardCharsets.ISO_8859_1).indexOf("\"a\"") + 1] = (byte) 0xFF;
        refused(file, "invalid UTF-8");
    }

    @Test
    void whatIsNoFileIsRefused() throws IOException {
        assertThatThrownBy(() -> SafetensorsFile.open(directory)).hasMessageContaining("is not a regular file");
        assertThatThrownBy(() -> SafetensorsFile.open(directory.resolve("none")))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("does not exist");
    }

    private void refused(byte[] bytes, String problem) throws IOException {
        Path path = Files.write(directory.resolve("bad.safetensors"), bytes);
        assertThatThrownBy(() -> SafetensorsFile.open(path))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageStartingWith(path + ": ")
                .hasMessageContaining(problem);
    }
}
