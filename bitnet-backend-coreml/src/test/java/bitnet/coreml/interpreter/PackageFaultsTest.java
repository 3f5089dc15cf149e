package bitnet.coreml.interpreter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.conformance.SyntheticModel;
import bitnet.coreml.export.ExportedPackages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Deliberate faults in an exported package, each of which has to be found when it is loaded. */
class PackageFaultsTest {
    private static final String PROGRAM = "Data/com.apple.CoreML/model.mlmodel";
    private static final String WEIGHTS = "Data/com.apple.CoreML/weights/weight.bin";

    @TempDir
    static Path directory;

    private static Path good;

    @BeforeAll
    static void export() throws IOException {
        good = ExportedPackages.blocks(SyntheticModel.awkward().transformer(), directory.resolve("good"));
    }

    private interface Change {
        void apply(Parts parts);
    }

    /** The messages that faults are made in. */
    private record Parts(Message model) {
        Message description() {
            return model.message(2);
        }

        /** What the model says of its first function. */
        Message described() {
            return description().messages(20).getFirst();
        }

        Message function() {
            return model.message(502).map(2).get("prefill");
        }

        Message block() {
            return function().map(3).get("CoreML8");
        }

        /** The first operation of a type. */
        Message operation(String type) {
            return block().messages(3).stream()
                    .filter(operation -> operation.text(1).equals(type))
                    .findFirst()
                    .orElseThrow();
        }

        /** What the first operation of a type has bound to a parameter. */
        Message binding(String type, String parameter) {
            return operation(type).map(2).get(parameter).messages(1).getFirst();
        }

        /** The tensor type of the first result of a type. */
        Message output(String type) {
            return operation(type).message(3).message(2).message(1);
        }

        private static void dimension(Message tensorType, int axis, long size) {
            tensorType.messages(3).get(axis).message(1).set(1, size);
        }

        /** The constant that a parameter is bound to. */
        Message constant(String type, String parameter) {
            String name = binding(type, parameter).text(1);
            return block().messages(3).stream()
                    .filter(operation -> operation.text(1).equals("const")
                            && operation.message(3).text(1).equals(name))
                    .findFirst()
                    .orElseThrow()
                    .map(5)
                    .get("val");
        }
    }

    private static Arguments fault(String name, String found, Change change) {
        return Arguments.of(name, found, change);
    }

    static Stream<Arguments> programFaults() {
        return Stream.of(
                fault("unknown operation", "unknown", p -> p.operation("silu").set(1, "silux")),
                fault("undefined name", "undefined", p -> p.binding("silu", "x").set(1, "nope")),
                fault(
                        "name of another function",
                        "undefined",
                        p -> p.binding("conv", "x").set(1, "mask_1")),
                fault("palette of three", "palette of 3", p -> {
                    Message palette = p.binding("constexpr_lut_to_dense", "lut").message(2);
                    Parts.dimension(palette.message(2).message(1), 4, 3L);
                    palette.message(3).message(1).message(7).set(1, new byte[6]);
                }),
                fault(
                        "palette of another size than its type",
                        "4 elements",
                        p -> Parts.dimension(
                                p.binding("constexpr_lut_to_dense", "lut")
                                        .message(2)
                                        .message(2)
                                        .message(1),
                                4,
                                3L)),
                fault(
                        "missing parameter",
                        "parameters",
                        p -> p.operation("conv").remove(2, 0)),
                fault(
                        "unknown parameter",
                        "parameters",
                        p -> p.operation("silu").messages(2).getFirst().set(1, "zz")),
                fault(
                        "weight path",
                        "weight file",
                        p -> p.binding("constexpr_lut_to_dense", "indices")
                                .message(2)
                                .message(5)
                                .set(1, "@model_path/weights/x.bin")),
                fault(
                        "weight offset",
                        "entry",
                        p -> p.binding("constexpr_lut_to_dense", "indices")
                                .message(2)
                                .message(5)
                                .set(2, 320L)),
                fault(
                        "weight offset beyond the file",
                        "entry",
                        p -> p.binding("constexpr_lut_to_dense", "indices")
                                .message(2)
                                .message(5)
                                .set(2, 1L << 30)),
                fault(
                        "weight offset of another matrix",
                        "entries",
                        p -> p.binding("constexpr_lut_to_dense", "indices")
                                .message(2)
                                .message(5)
                                .set(2, 6144L)),
                fault("declared shape", "declared", p -> Parts.dimension(p.output("conv"), 1, 99L)),
                fault("declared element type", "declared", p -> p.output("silu").set(1, 11L)),
                fault("declared rank", "rank", p -> p.output("silu").set(2, 3L)),
                fault("undefined output", "undefined", p -> p.block().set(2, "nope")),
                fault("opset", "asks for", p -> p.function().set(2, "CoreML7")),
                fault(
                        "input described otherwise",
                        "described",
                        p -> p.described()
                                .messages(2)
                                .getFirst()
                                .message(3)
                                .message(5)
                                .set(1, new byte[] {1, 7, 1, 64})),
                fault("input not described", "described", p -> p.described().remove(2, 1)),
                fault("output not described", "described", p -> p.described().remove(3, 0)),
                fault(
                        "output described by another name",
                        "described",
                        p -> p.described().messages(3).getFirst().set(1, "z")),
                fault("state not described", "described", p -> p.described().remove(6, 0)),
                fault(
                        "function not described",
                        "description",
                        p -> p.description().remove(20, 0)),
                fault("specification version", "specification", p -> p.model().set(1, 8L)),
                fault("default function", "", p -> p.description().set(21, "main")),
                fault(
                        "operation without a name",
                        "name",
                        p -> p.operation("silu").remove(5, 0)),
                fault(
                        "name that is taken",
                        "taken",
                        p -> p.operation("silu").message(3).set(1, "x")),
                fault(
                        "not an identifier",
                        "identifier",
                        p -> p.function().messages(1).getFirst().set(1, "x y")),
                fault(
                        "axis",
                        "axis 9",
                        p -> p.constant("layer_norm", "axes")
                                .message(3)
                                .message(1)
                                .message(2)
                                .set(1, new byte[] {9})),
                fault(
                        "permutation",
                        "permutation",
                        p -> p.constant("transpose", "perm")
                                .message(3)
                                .message(1)
                                .message(2)
                                .set(1, new byte[] {0, 1, 3, 3})),
                fault(
                        "slice",
                        "slice",
                        p -> p.constant("slice_by_size", "begin")
                                .message(3)
                                .message(1)
                                .message(2)
                                .set(1, new byte[] {0, 1, 0, 0})),
                fault(
                        "reshape",
                        "reshape",
                        p -> p.constant("reshape", "shape")
                                .message(3)
                                .message(1)
                                .message(2)
                                .set(1, new byte[] {1, 2, 3, 4})),
                fault(
                        "strides",
                        "strides",
                        p -> p.constant("conv", "strides")
                                .message(3)
                                .message(1)
                                .message(2)
                                .set(1, new byte[] {2, 2})),
                fault(
                        "padding",
                        "padding",
                        p -> p.constant("conv", "pad_type")
                                .message(3)
                                .message(1)
                                .message(4)
                                .set(1, "same")),
                fault(
                        "parameter that is no constant",
                        "constant",
                        p -> p.binding("reshape", "shape").set(1, "position")),
                fault(
                        "state that is none",
                        "state",
                        p -> p.binding("read_state", "input").set(1, "x")),
                fault(
                        "what is written to a state",
                        "writes",
                        p -> p.binding("write_state", "data").set(1, "x")),
                fault(
                        "operands that do not go together",
                        "operands",
                        p -> p.binding("add", "y").set(1, "mask")));
    }

    @Test
    void withoutAFaultItLoads() throws IOException {
        assertThat(MilModel.load(good).functions()).containsExactly("prefill", "decode");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("programFaults")
    void aFaultInTheProgramIsFound(String name, String found, Change change) throws IOException {
        Path bad = copy();
        Message model = Message.parse(Files.readAllBytes(bad.resolve(PROGRAM)));
        change.apply(new Parts(model));
        Files.write(bad.resolve(PROGRAM), model.toBytes());
        assertThatThrownBy(() -> MilModel.load(bad)).hasMessageContaining(found);
    }

    @ParameterizedTest(name = "at {0}: {1}")
    @MethodSource("weightFaults")
    void aFaultInTheWeightFileIsFound(int at, int value) throws IOException {
        Path bad = copy();
        ByteBuffer bytes =
                ByteBuffer.wrap(Files.readAllBytes(bad.resolve(WEIGHTS))).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(at, value);
        Files.write(bad.resolve(WEIGHTS), bytes.array());
        assertThatThrownBy(() -> MilModel.load(bad)).isInstanceOf(IllegalArgumentException.class);
    }

    /** In the header and in the description of the first entry: version, sentinel, type, size, offset, padding. */
    static Stream<Arguments> weightFaults() {
        return Stream.of(
                Arguments.of(4, 1),
                Arguments.of(64, 0),
                Arguments.of(68, 3),
                Arguments.of(72, 8),
                Arguments.of(80, 192),
                Arguments.of(88, 4));
    }

    @Test
    void aTruncatedWeightFileIsFound() throws IOException {
        Path bad = copy();
        byte[] bytes = Files.readAllBytes(bad.resolve(WEIGHTS));
        Files.write(bad.resolve(WEIGHTS), java.util.Arrays.copyOf(bytes, bytes.length / 2));
        assertThatThrownBy(() -> MilModel.load(bad)).hasMessageContaining("entry");
    }

    @Test
    void faultsInTheManifestAreFound() throws IOException {
        Map<String, String> faults = Map.of(
                "1.0.0",
                "2.0.0",
                "model.mlmodel\",\n      \"path",
                "model.mlmodel\",\n      \"paht",
                "weights\"\n",
                "w\"\n");
        for (Map.Entry<String, String> fault : faults.entrySet()) {
            Path bad = copy();
            String manifest = Files.readString(bad.resolve("Manifest.json"));
            assertThat(manifest).contains(fault.getKey());
            Files.writeString(bad.resolve("Manifest.json"), manifest.replace(fault.getKey(), fault.getValue()));
            assertThatThrownBy(() -> MilModel.load(bad)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static Path copy() throws IOException {
        Path copy = Files.createTempDirectory(directory, "bad");
        try (Stream<Path> files = Files.walk(good)) {
            for (Path file : files.toList()) {
                Path target = copy.resolve(good.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
        return copy;
    }
}
