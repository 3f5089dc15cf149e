package bitnet.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.ModelFormatException;
import bitnet.ModelUnsupportedException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the header of a file says, and what it may not say. */
class GgufFileTest {
    private static final GgufValueType ARRAY = GgufValueType.ARRAY;
    private static final GgufValueType UINT8 = GgufValueType.UINT8;

    @Test
    void readsEveryTypeOfValue() {
        GgufFile file = GgufBytes.header(3, 0, 13)
                .key("u8", UINT8)
                .raw((byte) 200)
                .key("i8", GgufValueType.INT8)
                .raw((byte) 200)
                .key("u16", GgufValueType.UINT16)
                .raw((byte) 1, (byte) 0xFF)
                .key("i16", GgufValueType.INT16)
                .raw((byte) 1, (byte) 0xFF)
                .uint32("u32", -2)
                .key("i32", GgufValueType.INT32)
                .int32(-2)
                .key("f32", GgufValueType.FLOAT32)
                .int32(Float.floatToIntBits(1e-5f))
                .key("bool", GgufValueType.BOOL)
                .raw((byte) 1)
                .text("text", "Grüße")
                .key("u64", GgufValueType.UINT64)
                .int64(-1)
                .key("i64", GgufValueType.INT64)
                .int64(-1)
                .key("f64", GgufValueType.FLOAT64)
                .int64(Double.doubleToLongBits(0.1))
                .array("nested", ARRAY, 2)
                .int32(UINT8.id())
                .int64(3)
                .raw((byte) 1, (byte) 2, (byte) 255)
                .int32(GgufValueType.STRING.id())
                .int64(1)
                .string("x")
                .open();
        Map<String, GgufValue> values = file.metadata().values();
        assertThat(values.keySet())
                .containsExactly(
                        "u8", "i8", "u16", "i16", "u32", "i32", "f32", "bool", "text", "u64", "i64", "f64", "nested");
        assertThat(values.values())
                .map(GgufValue::toString)
                .containsExactly(
                        "200",
                        "-56",
                        "65281",
                        "-255",
                        "4294967294",
                        "-2",
                        "1.0E-5",
                        "true",
                        "Grüße",
                        "18446744073709551615",
                        "-1",
                        "0.1",
                        "[2 x ARRAY]");
        List<GgufValue> nested = ((GgufArray) values.get("nested")).values();
        assertThat(((GgufArray) nested.get(0)).ints()).containsExactly(1, 2, 255);
        assertThat(((GgufArray) nested.get(1)).strings()).containsExactly("x");
        assertThat(file.metadata().number("f32")).hasValue((double) 1e-5f);
        assertThat(file.metadata().integer("u8", 0, 255)).hasValue(200);
        assertThat(file.metadata().flag("bool")).hasValue(true);
        assertThat(file.metadata().flag("none")).isEmpty();
    }

    @Test
    void valuesOfAnotherTypeThanWantedAreRefused() {
        GgufMetadata metadata = GgufBytes.header(3, 0, 2)
                .uint32("n", 7)
                .strings("s", "a", "b")
                .open()
                .metadata();
        assertFormat(() -> metadata.text("n"), "n", "UINT32");
        assertFormat(() -> metadata.integer("n", 8, 9), "n", "7 is not between 8 and 9");
        assertFormat(() -> metadata.array("s").orElseThrow().ints(), "s", "STRING");
        assertFormat(() -> metadata.array("n"), "n", "not an array");
    }

    @Test
    void readsTheTensorTable() {
        GgufFile file = GgufBytes.header(2, 2, 0)
                .tensor("a", 0, 0, 8, 2)
                .tensor("b", 36, 64, 128, 4)
                .data(64 + 128 + 32)
                .open();
        assertThat(file.version()).isEqualTo(2);
        assertThat(file.tensors()).map(GgufTensor::name).containsExactly("a", "b");
        GgufTensor b = file.tensor("b").orElseThrow();
        assertThat(b.dimensions()).containsExactly(128L, 4L);
        assertThat(b.type()).hasValue(GgufTensorType.I2_S);
        assertThat(b.bytes()).isEqualTo(128 * 4 / 4 + 32);
        assertThat(file.data(b).byteSize()).isEqualTo(160);
    }

    @Test
    void anUnknownTypeIsListedButHasNoData() {
        GgufFile file =
                GgufBytes.header(3, 1, 0).tensor("a", 999, 0, 8).data(32).open();
        GgufTensor tensor = file.tensor("a").orElseThrow();
        assertThat(tensor.typeName()).isEqualTo("type 999");
        assertThatThrownBy(() -> file.data(tensor)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void refusesWhatIsNotGguf() {
        assertBroken(new GgufBytes().raw("PK\003\004 and so on"), "504b0304");
        assertBroken(new GgufBytes(), "empty");
        assertBroken(new GgufBytes().raw("GG"), "the file ends here");
        assertThatThrownBy(() -> GgufBytes.header(0x03000000, 0, 0).open())
                .isInstanceOf(ModelUnsupportedException.class)
                .hasMessageContaining("big-endian");
        assertThatThrownBy(() -> GgufBytes.header(1, 0, 0).open())
                .isInstanceOf(ModelUnsupportedException.class)
                .hasMessageContaining("version 1");
        assertThatThrownBy(() -> GgufBytes.header(4, 0, 0).open()).isInstanceOf(ModelUnsupportedException.class);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 100, 1L << 40, Long.MAX_VALUE, -1, Long.MIN_VALUE})
    void refusesCountsThatTheFileCannotHold(long count) {
        assertBroken(GgufBytes.header(3, count, 0), "count");
        assertBroken(GgufBytes.header(3, 0, count), "count");
        assertBroken(
                GgufBytes.header(3, 0, 1).int64(count < 0 ? count : count + 5).raw("abcde"), "count");
        assertBroken(GgufBytes.header(3, 0, 1).array("a", GgufValueType.UINT64, count), "count");
        assertBroken(
                GgufBytes.header(3, 0, 1).array("a", GgufValueType.STRING, 1).int64(count), "count");
    }

    @Test
    void refusesBadMetadata() {
        assertBroken(GgufBytes.header(3, 0, 2).uint32("a", 1).uint32("a", 2), "occurs twice");
        assertBroken(GgufBytes.header(3, 0, 1).string("a").int32(13).int64(0), "value type 13");
        assertBroken(GgufBytes.header(3, 0, 1).key("a", GgufValueType.BOOL).raw((byte) 2), "bool of 2");
        assertBroken(GgufBytes.header(3, 0, 1).text("", "value"), "key of 0 characters");
        assertBroken(GgufBytes.header(3, 0, 1).uint32("general.alignment", 48), "not a power of two");
        assertBroken(GgufBytes.header(3, 0, 1).uint32("general.alignment", 0), "general.alignment");
    }

    @Test
    void stringThatIsNotUtf8HarmsOnlyThoseWhoReadIt() {
        GgufMetadata metadata = GgufBytes.header(3, 0, 2)
                .key("a", GgufValueType.STRING)
                .int64(2)
                .raw((byte) 0xC3, (byte) 0x28)
                .text("b", "read")
                .open()
                .metadata();
        assertThat(metadata.text("b")).hasValue("read");
        assertThatThrownBy(() -> metadata.text("a"))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("a: a string that is not UTF-8");
        assertThat(metadata.values().get("a")).hasToString("\uFFFD(");
    }

    @Test
    void aReplacementCharacterThatIsInTheFileIsKept() {
        assertThat(GgufBytes.header(3, 0, 1)
                        .text("a", "x\uFFFDy")
                        .open()
                        .metadata()
                        .text("a"))
                .hasValue("x\uFFFDy");
    }

    @Test
    void refusesArraysNestedTooDeep() {
        GgufBytes file = GgufBytes.header(3, 0, 1).array("a", ARRAY, 1);
        for (int depth = 0; depth < 100_000; depth++) {
            file.int32(ARRAY.id()).int64(1);
        }
        assertBroken(file.int32(UINT8.id()).int64(0), "nested more than 8 deep");
    }

    @Test
    void refusesBadTensors() {
        assertBroken(one("a", 0, 0, 8).data(31), "beyond the file");
        assertBroken(one("a", 0, 32, 8).data(32), "beyond the file");
        assertBroken(one("a", 999, 64, 8).data(32), "beyond the file");
        assertBroken(one("a", 0, 4, 8).data(64), "alignment");
        assertBroken(one("a", 0, -32, 8).data(64), "alignment");
        assertBroken(one("a", 0, 0, 8, 0).data(64), "dimension of 0");
        assertBroken(one("a", 0, 0, -1).data(64), "dimension of 18446744073709551615");
        assertBroken(one("a", 0, 0, 1L << 40, 1L << 40).data(64), "beyond 2^63");
        assertBroken(one("a", 0, 0, 1L << 62).data(64), "beyond 2^63");
        assertBroken(one("a", 999, 0, 1L << 40, 1L << 40).data(64), "beyond 2^63");
        assertBroken(one("a", 0, 0, 1L << 40).data(64), "beyond the file");
        assertBroken(one("a", 8, 0, 33).data(64), "blocks of 32");
        assertBroken(one("a", 0, 0, 1, 1, 1, 1, 1).data(64), "5 dimensions");
        assertBroken(one("", 0, 0, 8).data(64), "name of 0");
        assertBroken(
                GgufBytes.header(3, 2, 0)
                        .tensor("a", 0, 0, 8)
                        .tensor("a", 0, 32, 8)
                        .data(64),
                "two tensors");
        assertBroken(
                GgufBytes.header(3, 2, 0)
                        .tensor("a", 0, 0, 9)
                        .tensor("b", 0, 32, 8)
                        .data(64),
                "overlaps a");
        assertBroken(
                GgufBytes.header(3, 2, 0)
                        .tensor("b", 0, 0, 8)
                        .tensor("a", 999, 0, 8)
                        .data(64),
                "overlaps");
    }

    private static GgufBytes one(String name, int type, long offset, long... dimensions) {
        return GgufBytes.header(3, 1, 0).tensor(name, type, offset, dimensions);
    }

    /** Every prefix is refused with a place: the header by whatever it lacks, the data by the tensor that it cuts. */
    @Test
    void refusesAFileCutAtEveryLength() {
        byte[] whole = GgufBytes.header(3, 2, 4)
                .text("general.architecture", "bitnet")
                .uint32("general.alignment", 32)
                .strings("tokenizer.ggml.tokens", "a", "b", "c")
                .array("nested", ARRAY, 1)
                .int32(UINT8.id())
                .int64(2)
                .raw((byte) 1, (byte) 2)
                .tensor("a", 0, 0, 8)
                .tensor("b", 36, 32, 128)
                .data(96)
                .bytes();
        GgufFile.of("test.gguf", MemorySegment.ofArray(whole));
        for (int length = 0; length < whole.length; length++) {
            MemorySegment cut = MemorySegment.ofArray(Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> GgufFile.of("test.gguf", cut))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageStartingWith("test.gguf: ");
        }
    }

    @Test
    void whatWasReadOutlivesTheFile(@TempDir Path dir) throws Exception {
        byte[] content = one("a", 0, 0, 8).data(32).bytes();
        content[content.length - 1] = 77;
        Path path = Files.write(dir.resolve("a.gguf"), content);
        GgufFile file = GgufFile.open(path);
        assertThat(file.source()).isEqualTo(path.toString());
        GgufTensor tensor = file.tensor("a").orElseThrow();
        MemorySegment data = file.data(tensor).load(Arena.ofAuto());
        file.requireUnchanged();
        Files.write(path, new byte[60]);
        assertThat(data.get(ValueLayout.JAVA_BYTE, 31)).isEqualTo((byte) 77);
        assertFormat(file::requireUnchanged, path.toString(), "changed while it was read");
        assertFormat(() -> file.data(tensor).copy(), path.toString(), "the file ends here");
        file.close();
        file.close();
        assertThatThrownBy(() -> file.data(tensor).copy()).isInstanceOf(IllegalStateException.class);
        assertThat(data.get(ValueLayout.JAVA_BYTE, 31)).isEqualTo((byte) 77);
    }

    @Test
    void pagesOfZerosAreNoticed(@TempDir Path dir) throws Exception {
        byte[] content = one("a", 0, 0, 8192).data(32768).bytes();
        java.util.Arrays.fill(content, content.length - 32768, content.length - 10_000, (byte) 5);
        Path path = Files.write(dir.resolve("a.gguf"), content);
        try (GgufFile file = GgufFile.open(path)) {
            file.data(file.tensor("a").orElseThrow()).load(Arena.ofAuto());
            assertThat(file.hollow()).singleElement().asString().startsWith("a (");
        }
    }

    @Test
    void interruptedThreadOpensAndReads(@TempDir Path dir) throws Exception {
        Path path =
                Files.write(dir.resolve("a.gguf"), one("a", 0, 0, 8).data(32).bytes());
        Thread.currentThread().interrupt();
        try (GgufFile file = GgufFile.open(path)) {
            assertThat(file.data(file.tensor("a").orElseThrow()).copy().byteSize())
                    .isEqualTo(32);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    /** What a header claims in a file made large by a hole is refused before anything of that size is read or allocated. */
    @Test
    @Timeout(10)
    void refusesClaimsOfASparseFileAtOnce(@TempDir Path dir) throws Exception {
        GgufBytes[] claims = {
            GgufBytes.header(3, 0, 1).int64(2L << 30),
            GgufBytes.header(3, 0, 1).array("a", UINT8, 16L << 30),
            GgufBytes.header(3, 0, 1).array("a", GgufValueType.STRING, 1L << 30),
            GgufBytes.header(3, 0, 1).array("a", GgufValueType.STRING, 1L << 23),
            GgufBytes.header(3, 0, 1).key("a", GgufValueType.STRING).int64(1L << 30),
            GgufBytes.header(3, 0, 1L << 30),
            GgufBytes.header(3, 1L << 30, 0),
        };
        for (GgufBytes claim : claims) {
            Path path = Files.write(dir.resolve("sparse.gguf"), claim.bytes());
            try (var channel = java.nio.channels.FileChannel.open(path, java.nio.file.StandardOpenOption.WRITE)) {
                channel.write(java.nio.ByteBuffer.allocate(1), 20L << 30);
            }
            assertFormat(() -> GgufFile.open(path), path.toString(), "offset ");
        }
    }

    @Test
    void aFileThatCannotBeOpenedIsAFormatException(@TempDir Path dir) throws Exception {
        assertFormat(() -> GgufFile.open(dir.resolve("none")), "none", "does not exist");
        assertFormat(() -> GgufFile.open(dir), "file", "directory");
        Path empty = Files.createFile(dir.resolve("empty"));
        assertFormat(() -> GgufFile.open(empty), "empty", "the file is empty");
    }

    private static void assertBroken(GgufBytes file, String problem) {
        assertThatThrownBy(file::open).isInstanceOf(ModelFormatException.class).hasMessageContaining(problem);
    }

    private static void assertFormat(Runnable action, String where, String problem) {
        assertThatThrownBy(action::run)
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(where)
                .hasMessageContaining(problem);
    }
}
