package bitnet.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import bitnet.ModelFormatException;
import bitnet.ModelUnsupportedException;
import bitnet.gguf.GgufEdit;
import bitnet.gguf.GgufFile;
import bitnet.gguf.GgufModel;
import bitnet.gguf.GgufTensor;
import bitnet.gguf.GgufTensorType;
import bitnet.model.Activation;
import bitnet.model.FloatTable;
import bitnet.model.ModelFile;
import bitnet.model.ScaleGranularity;
import bitnet.scalar.ScalarBackend;
import bitnet.tensor.Dequantize;
import bitnet.tensor.ElementType;
import bitnet.tensor.I2sLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelConverterTest {
    @TempDir
    Path dir;

    /** Digests of the tensors, names included, of files that bitnet.cpp and ggml's quantisers' layouts define. */
    @ParameterizedTest
    @CsvSource({
        "/demo-model, I2_S, F16, X86, 4f193c54a828a9081a52988459e12512add97bddf96122bcfa6c57c16ff5f35a",
        "/demo-model, I2_S, Q8_0, X86, a1eef55e8139784788b2dc5af968ace1c92b4eaeeddb3c84afdb6e287db6790a",
        "/demo-model, TQ1_0, F16, X86, 6034bee0835274dc0a163e5a16c1a80bb297e598c63b77e911f40beffca32bc8",
        "/demo-model, TQ2_0, F16, X86, 41d7856562ff2ce5c7cf3077faf452595c2d6e4cb700824173e44cd7d2c3be8c",
        "tiny-bitnet-f16.gguf, I2_S, F16, X86, none",
        "tiny-bitnet-i2_s-row4.gguf, I2_S, F16, X86, 20533ac82307dab3127d91427c7acc13ab88abad95de7b85f739ae89a959ca1e",
        "tiny-bitnet-i2_s.gguf, I2_S, F16, ARM, 3a2943d2a8f2c91059e9fb66c377baec6b54680715039f5eec6421eded20a959",
        "tiny-bitnet-i2_s-arm.gguf, F16, F16, X86, 52d91410b5e484ad251698e15a77f8aff51d5f4f44ccdf4ebd3f2d739c7f25d9",
        "tiny-llama-ternary-tq2_0.gguf, TQ2_0, F16, X86, b136c11b85770781a768857c1b216344c6dc82c596bb03bc670ca5de218d1529",
    })
    void writesTheBytesThatOthersWrite(
            String name, WeightType type, ElementType embedding, I2sLayout layout, String digest) throws Exception {
        try (ModelFile source = Sources.open(name)) {
            Path target = dir.resolve("out.gguf");
            ConvertOptions options =
                    ConvertOptions.to(type).withEmbeddingType(embedding).withLayout(layout);
            ConversionReport report = ModelConverter.convert(source, target, options);
            assertThat(report.verification()).isNotNull();
            assertThat(report.bytes()).isEqualTo(Files.size(target));
            if (!digest.equals("none")) {
                assertThat(digest(target)).isEqualTo(digest);
            }
        }
    }

    private static String digest(Path path) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        try (GgufFile file = GgufFile.open(path)) {
            List<GgufTensor> byName = file.tensors().stream()
                    .sorted(Comparator.comparing(GgufTensor::name))
                    .toList();
            for (GgufTensor tensor : byName) {
                digest.update(tensor.name().getBytes());
                // What follows the scale of an I2_S tensor has no meaning.
                long bytes = tensor.bytes() - (tensor.typeId() == 36 ? 28 : 0);
                digest.update(file.data(tensor).copy().asSlice(0, bytes).toArray(ValueLayout.JAVA_BYTE));
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** The error of the demo's embedding in Q6_K by another quantiser, the one that bitnet.cpp reads well. */
    @Test
    void quantisesEmbeddingsToQ6KAtLeastAsWellAsOthers() throws Exception {
        try (ModelFile source = Sources.open("/demo-model");
                ModelFile theirs = Sources.open("demo-i2_s-embed-q6_k.gguf")) {
            Path target = dir.resolve("q6_k.gguf");
            Verification verification = ModelConverter.convert(
                            source, target, ConvertOptions.to(WeightType.I2_S).withEmbeddingType(ElementType.Q6_K))
                    .verification();
            double reference = error(
                    FloatTable.require(source.transformer().embedding()),
                    FloatTable.require(theirs.transformer().embedding()));
            assertThat(verification.embeddingError()).isLessThan(0.02).isLessThanOrEqualTo(reference * 1.01);
        }
    }

    private static double error(FloatTable expected, FloatTable found) {
        float[] x = new float[expected.columns()];
        float[] y = new float[expected.columns()];
        double error = 0;
        double square = 0;
        for (int row = 0; row < expected.rows(); row++) {
            Dequantize.row(
                    expected.type(),
                    expected.data().load(Arena.ofAuto()),
                    row * expected.type().rowBytes(x.length),
                    x.length,
                    x);
            Dequantize.row(
                    found.type(),
                    found.data().load(Arena.ofAuto()),
                    row * found.type().rowBytes(x.length),
                    x.length,
                    y);
            for (int i = 0; i < x.length; i++) {
                error += (x[i] - y[i]) * (double) (x[i] - y[i]);
                square += x[i] * (double) x[i];
            }
        }
        return Math.sqrt(error / square);
    }

    @ParameterizedTest
    @CsvSource({"I2_S, bitnet-b1.58", "TQ1_0, bitnet", "TQ2_0, bitnet", "F16, bitnet-b1.58", "BF16, bitnet-b1.58"})
    void saysAllThatReadersNeed(WeightType type, String architecture) throws Exception {
        Path target = dir.resolve("out.gguf");
        try (ModelFile source = Sources.open("/demo-model")) {
            ModelConverter.convert(source, target, ConvertOptions.to(type).withProbe(new ScalarBackend()));
            try (GgufModel written = GgufModel.open(target)) {
                var metadata = written.file().metadata();
                assertThat(metadata.text("general.architecture")).hasValue(architecture);
                assertThat(metadata.text(architecture + ".hidden_activation")).hasValue("relu2");
                assertThat(metadata.number(architecture + ".rope.freq_base")).hasValue(500000.0);
                assertThat(metadata.text("tokenizer.ggml.pre")).hasValue("llama-bpe");
                assertThat(written.transformer().config().activation()).isEqualTo(Activation.SQUARED_RELU);
                assertThat(written.tokenizer().endOfGeneration())
                        .isEqualTo(source.tokenizer().endOfGeneration())
                        .hasSizeGreaterThan(1);
                assertThat(written.chatTemplate()).isEqualTo(source.chatTemplate());
                assertThat(written.samplingDefaults()).isEqualTo(source.samplingDefaults());
            }
        }
    }

    @Test
    void comparesLogits() throws Exception {
        try (ModelFile source = Sources.open("/demo-model")) {
            ConvertOptions exact = ConvertOptions.to(WeightType.I2_S).withProbe(new ScalarBackend());
            Verification same =
                    ModelConverter.convert(source, dir.resolve("a.gguf"), exact).verification();
            assertThat(same.ternaryTensors()).isEqualTo(7 * 8);
            assertThat(same.scaleError()).isZero();
            assertThat(same.embeddingError()).isZero();
            assertThat(same.logits()).isEqualTo(new Verification.LogitsDistance(8, 0, 1, true));
            ConvertOptions rounded = exact.withEmbeddingType(ElementType.Q8_0);
            Verification other = ModelConverter.convert(source, dir.resolve("b.gguf"), rounded)
                    .verification();
            assertThat(other.embeddingError()).isBetween(0.001, 0.01);
            assertThat(other.logits().largest()).isPositive();
            assertThat(other.logits().cosine()).isCloseTo(1, within(0.001));
        }
    }

    /** Llama models keep their row order for rotary pairs, whatever the detour. */
    @Test
    void roundTripsThroughEveryType() throws Exception {
        Path previous = null;
        List<WeightType> types = Arrays.stream(WeightType.values())
                .filter(type -> type.holds(ScaleGranularity.TENSOR))
                .toList();
        for (WeightType type : types) {
            Path target = dir.resolve(type.label() + ".gguf");
            try (ModelFile source =
                    previous == null ? Sources.open("tiny-llama-ternary-tq2_0.gguf") : GgufModel.open(previous)) {
                ConversionReport report = ModelConverter.convert(source, target, ConvertOptions.to(type));
                assertThat(report.architecture()).isEqualTo("llama");
            }
            previous = target;
        }
        Path back = dir.resolve("back.gguf");
        try (ModelFile source = GgufModel.open(previous);
                ModelFile first = Sources.open("tiny-llama-ternary-tq2_0.gguf")) {
            ModelConverter.convert(source, back, ConvertOptions.to(WeightType.F16));
            Verification whole = Verifier.verify(
                    first, back, back, ConvertOptions.to(WeightType.BF16).withProbe(null));
            assertThat(whole.weights()).isPositive();
        }
    }

    @Test
    void neverOverwritesUnlessTold() throws Exception {
        Path target = Files.writeString(dir.resolve("out.gguf"), "precious");
        try (ModelFile source = Sources.open("tiny-bitnet-i2_s.gguf")) {
            ConvertOptions options = ConvertOptions.to(WeightType.I2_S);
            assertThatThrownBy(() -> ModelConverter.convert(source, target, options))
                    .isInstanceOf(FileAlreadyExistsException.class);
            assertThat(target).hasContent("precious");
            ModelConverter.convert(source, target, options.withOverwrite(true));
            assertThat(Files.size(target)).isGreaterThan(500_000);
        }
        try (ModelFile source = GgufModel.open(target)) {
            assertThatThrownBy(() -> ModelConverter.convert(
                            source, target, ConvertOptions.to(WeightType.F16).withOverwrite(true)))
                    .isInstanceOf(FileAlreadyExistsException.class)
                    .hasMessageContaining("the model to convert");
        }
        assertThat(dir).isDirectoryNotContaining("glob:**.part");
    }

    @Test
    void theFileIsNotForItsOwnerAlone() throws Exception {
        Path target = dir.resolve("out.gguf");
        try (ModelFile source = Sources.open("tiny-bitnet-i2_s.gguf")) {
            ModelConverter.convert(source, target, ConvertOptions.to(WeightType.I2_S));
        }
        Path ordinary = Files.createFile(dir.resolve("ordinary"));
        if (Files.getFileStore(dir).supportsFileAttributeView("posix")) {
            assertThat(Files.getPosixFilePermissions(target)).isEqualTo(Files.getPosixFilePermissions(ordinary));
        }
    }

    @Test
    void leavesNothingBehindWhenItFails() throws Exception {
        Path target = dir.resolve("out.gguf");
        AtomicLong bytes = new AtomicLong();
        try (ModelFile source = Sources.open("tiny-bitnet-i2_s.gguf")) {
            ConvertOptions options = ConvertOptions.to(WeightType.I2_S)
                    .withProgress((done, total) -> bytes.set(done))
                    .withCancellation(() -> bytes.get() > 300_000);
            assertThatThrownBy(() -> ModelConverter.convert(source, target, options))
                    .isInstanceOf(CancellationException.class);
            assertThat(bytes.get()).isGreaterThan(300_000);
        }
        assertThat(dir).isEmptyDirectory();
    }

    @Test
    void tellsProgressUpToTheEnd() throws Exception {
        AtomicLong last = new AtomicLong();
        AtomicLong all = new AtomicLong();
        try (ModelFile source = Sources.open("tiny-bitnet-i2_s.gguf")) {
            ModelConverter.convert(
                    source,
                    dir.resolve("out.gguf"),
                    ConvertOptions.to(WeightType.TQ1_0).withProgress((done, total) -> {
                        assertThat(done).isGreaterThan(last.getAndSet(done));
                        all.set(total);
                    }));
        }
        assertThat(last.get()).isPositive().isEqualTo(all.get());
    }

    @Test
    void aFileThatDoesNotReadBackIsRefused() throws Exception {
        Path target = dir.resolve("out.gguf");
        ConvertOptions options = ConvertOptions.to(WeightType.I2_S);
        try (ModelFile source = Sources.open("tiny-bitnet-i2_s.gguf")) {
            ModelConverter.convert(source, target, options);
            for (String name : List.of("blk.1.ffn_up.weight", "blk.0.ffn_sub_norm.weight", "token_embd.weight")) {
                long at;
                try (GgufFile file = GgufFile.open(target)) {
                    at = file.tensor(name).orElseThrow().offset();
                }
                byte[] original = flip(target, at + 4);
                assertThatThrownBy(() -> Verifier.verify(source, target, target, options))
                        .isInstanceOf(ModelFormatException.class)
                        .hasMessageContaining(name);
                try (FileChannel channel = FileChannel.open(target, StandardOpenOption.WRITE)) {
                    channel.write(java.nio.ByteBuffer.wrap(original), at + 4);
                }
            }
            assertThat(Verifier.verify(source, target, target, options)).isNotNull();
        }
    }

    /** Exchanges the codes of a byte, so that it stays ternary. */
    private static byte[] flip(Path path, long at) throws Exception {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            var buffer = java.nio.ByteBuffer.allocate(1);
            channel.read(buffer, at);
            byte[] original = buffer.array().clone();
            buffer.put(0, (byte) (original[0] == 0x55 ? 0x56 : 0x55)).rewind();
            channel.write(buffer, at);
            return original;
        }
    }

    @Test
    void refusesShapesThatATypeCannotHold() throws Exception {
        GgufEdit narrow = GgufEdit.of("tiny-bitnet-i2_s.gguf").uint32("bitnet-b1.58.feed_forward_length", 384);
        for (int layer = 0; layer < 2; layer++) {
            String prefix = "blk." + layer + ".ffn_";
            byte[] weights = new byte[256 * 384 / 4 + 32];
            float[] norm = new float[384];
            java.util.Arrays.fill(norm, 1);
            narrow.tensor(prefix + "gate.weight", GgufTensorType.I2_S, List.of(256L, 384L), weights)
                    .tensor(prefix + "up.weight", GgufTensorType.I2_S, List.of(256L, 384L), weights)
                    .tensor(prefix + "down.weight", GgufTensorType.I2_S, List.of(384L, 256L), weights)
                    .floats(prefix + "sub_norm.weight", norm);
        }
        try (ModelFile source = narrow.open()) {
            assertThatThrownBy(() -> ModelConverter.convert(
                            source, dir.resolve("out.gguf"), ConvertOptions.to(WeightType.TQ2_0)))
                    .isInstanceOf(ModelUnsupportedException.class)
                    .hasMessageContaining("blk.0.ffn_down.weight has rows of 384 weights")
                    .hasMessageContaining("multiple of 256");
            assertThat(dir).isEmptyDirectory();
            ModelConverter.convert(source, dir.resolve("out.gguf"), ConvertOptions.to(WeightType.I2_S));
        }
        assertThatThrownBy(() -> ConvertOptions.to(WeightType.I2_S).withLayout(I2sLayout.FOUR_ROWS))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ConvertOptions.to(WeightType.I2_S).withEmbeddingType(ElementType.Q4_0))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void replacesWhatALinkNamesAndNothingThatIsNoFile() throws Exception {
        ConvertOptions options = ConvertOptions.to(WeightType.I2_S).withOverwrite(true);
        Path target = Files.write(dir.resolve("target.gguf"), new byte[3]);
        Path link = dir.resolve("link.gguf");
        Path device = dir.resolve("device.gguf");
        try {
            Files.createSymbolicLink(link, target);
            Files.createSymbolicLink(device, Path.of("/dev/null"));
        } catch (java.io.IOException | UnsupportedOperationException e) {
            org.junit.jupiter.api.Assumptions.abort("no links here");
        }
        try (ModelFile source = Sources.open("tiny-bitnet-i2_s.gguf")) {
            ModelConverter.convert(source, link, options);
            assertThat(Files.isSymbolicLink(link)).isTrue();
            assertThat(Files.size(target)).isGreaterThan(1000);
            if (Files.exists(device)) {
                assertThatThrownBy(() -> ModelConverter.convert(source, device, options))
                        .isInstanceOf(java.nio.file.FileSystemException.class)
                        .hasMessageContaining("not a regular file");
            }
        }
    }

    @Test
    void sweepsWhatKilledRunsHaveLeft() throws Exception {
        String uuid = java.util.UUID.randomUUID().toString();
        Path old = Files.write(dir.resolve(".out.gguf." + uuid + ".part"), new byte[3]);
        Files.setLastModifiedTime(
                old,
                java.nio.file.attribute.FileTime.from(java.time.Instant.now().minus(java.time.Duration.ofDays(2))));
        Path young = Files.write(dir.resolve(".out.gguf." + java.util.UUID.randomUUID() + ".part"), new byte[3]);
        Path other = Files.write(dir.resolve(".out.gguf.mine.part"), new byte[3]);
        Files.setLastModifiedTime(
                other,
                java.nio.file.attribute.FileTime.from(java.time.Instant.now().minus(java.time.Duration.ofDays(2))));
        try (ModelFile source = Sources.open("tiny-bitnet-i2_s.gguf")) {
            ModelConverter.convert(source, dir.resolve("out.gguf"), ConvertOptions.to(WeightType.I2_S));
        }
        assertThat(old).doesNotExist();
        assertThat(young).exists();
        assertThat(other).exists();
    }
}
