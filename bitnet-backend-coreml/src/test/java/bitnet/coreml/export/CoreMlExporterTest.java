package bitnet.coreml.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.ModelUnsupportedException;
import bitnet.conformance.SyntheticModel;
import bitnet.coreml.artifact.Artifact;
import bitnet.coreml.artifact.HeadType;
import bitnet.coreml.artifact.Manifest;
import bitnet.coreml.artifact.ModelPackage;
import bitnet.coreml.artifact.Role;
import bitnet.demo.DemoModel;
import bitnet.gguf.GgufModel;
import bitnet.model.Activation;
import bitnet.model.ModelFingerprint;
import bitnet.model.Transformer;
import bitnet.tensor.ElementType;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CoreMlExporterTest {
    private static final SyntheticFile TIED =
            new SyntheticFile("tied", SyntheticModel.tied(ElementType.Q6_K).transformer());
    private static final ExportOptions SMALL =
            ExportOptions.defaults().withContext(64).withPrefillBatch(8);

    @TempDir
    Path directory;

    @Test
    void theSameModelGivesTheSameBytes() throws IOException {
        CoreMlExporter.export(TIED, directory.resolve("first"), SMALL);
        CoreMlExporter.export(TIED, directory.resolve("second"), SMALL);
        Map<String, byte[]> first = content(directory.resolve("first"));
        Map<String, byte[]> second = content(directory.resolve("second"));
        assertThat(first.keySet())
                .isEqualTo(second.keySet())
                .contains("bitnet-coreml.json", "blocks-0.mlpackage/Data/com.apple.CoreML/weights/weight.bin");
        first.forEach((name, bytes) ->
                assertThat(Arrays.equals(bytes, second.get(name))).as(name).isTrue());
    }

    private static Map<String, byte[]> content(Path directory) throws IOException {
        Map<String, byte[]> content = new TreeMap<>();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                content.put(directory.relativize(file).toString(), Files.readAllBytes(file));
            }
        }
        return content;
    }

    @Test
    void theDemoModelTakesTwoBitsAWeight() throws IOException {
        try (GgufModel file = GgufModel.open(DemoModel.file())) {
            ExportReport report = CoreMlExporter.export(file, directory.resolve("demo"), ExportOptions.defaults());
            assertThat(report.ternaryWeights()).isEqualTo(7_864_320);
            assertThat(report.bitsPerWeight()).isBetween(2.0, 2.3);
            assertThat(report.headBytes()).isLessThan(550_000);
            assertThat(report.headError()).isBetween(0.001, 0.01);
            assertThat(report.largest()).isBetween(16f, 8192f);
            assertThat(report.calibrationTokens()).isEqualTo(48);
            Manifest manifest = report.artifact().manifest();
            assertThat(Artifact.open(directory.resolve("demo"))).isEqualTo(report.artifact());
            assertThat(manifest.fingerprint()).isEqualTo(ModelFingerprint.of(file.transformer()));
            assertThat(manifest.context()).isEqualTo(2048);
        }
    }

    /** However the model is cut into packages, and however its prompt into batches, F16 gives the same bits. */
    @ParameterizedTest
    @EnumSource(HeadType.class)
    void cutsDoNotMatter(HeadType head) throws IOException {
        Transformer model = TIED.transformer();
        ExportedModel one = exported(TIED, SMALL.withHead(head), "one");
        ExportedModel two = exported(TIED, SMALL.withHead(head).withChunks(2).withPrefillBatch(5), "two");
        int[] tokens = IntStream.range(0, 23)
                .map(i -> i * 37 % model.config().vocabulary())
                .toArray();
        float[] logits = one.prefill(tokens);
        assertThat(two.prefill(tokens)).isEqualTo(logits);
        one.restart();
        for (int i = 0; i < tokens.length - 1; i++) {
            one.decode(tokens[i]);
        }
        assertThat(one.decode(tokens[tokens.length - 1])).isEqualTo(logits);
        assertThat(Agreement.of(
                                ScalarText.logits(model, tokens, tokens.length - 1)
                                        .getFirst(),
                                logits)
                        .cosine())
                .isGreaterThan(head == HeadType.LUT6 ? 0.997 : 0.999);
    }

    @Test
    void awkwardWidthsWork() throws IOException {
        SyntheticFile file =
                new SyntheticFile("awkward", SyntheticModel.awkward().transformer());
        ExportedModel exported = exported(file, SMALL.withHead(HeadType.LUT6), "awkward");
        int[] tokens = {1, 2, 3, 4, 5, 6, 7, 8, 9};
        float[] expected = ScalarText.logits(file.transformer(), tokens, 8).getFirst();
        assertThat(Agreement.of(expected, exported.prefill(tokens)).cosine()).isGreaterThan(0.995);
    }

    private ExportedModel exported(SyntheticFile file, ExportOptions options, String name) throws IOException {
        Artifact artifact =
                CoreMlExporter.export(file, directory.resolve(name), options).artifact();
        return new ExportedModel(artifact, file.transformer());
    }

    /** 40,000 tokens are three parts; a head of F16 is cut into packages by its size. */
    @Test
    void aLargeHeadIsCut() throws IOException {
        SyntheticFile file = new SyntheticFile("large head", wide(40_000));
        Artifact artifact = CoreMlExporter.export(file, directory.resolve("wide"), SMALL.withHead(HeadType.LUT6))
                .artifact();
        ModelPackage head = artifact.manifest().packages(Role.HEAD).getFirst();
        assertThat(head.count()).isEqualTo(40_000);
        assertThat(head.functions().getFirst().outputs())
                .extracting(output -> output.shape().get(1))
                .containsExactly(13333, 13333, 13334);
        ExportedModel exported = new ExportedModel(artifact, file.transformer());
        int[] tokens = {39_999, 20_000, 3};
        float[] expected = ScalarText.logits(file.transformer(), tokens, 2).getFirst();
        assertThat(Agreement.of(expected, exported.prefill(tokens)).cosine()).isGreaterThan(0.997);
    }

    @Test
    void packagesStayBelowTheirLimit() {
        List<List<Packaging.Run>> large = Packaging.heads(400_000, 2560, HeadType.FP16);
        assertThat(large).hasSize(9);
        assertThat(large.stream()
                        .flatMap(List::stream)
                        .mapToInt(Packaging.Run::count)
                        .sum())
                .isEqualTo(400_000);
        assertThat(large)
                .allSatisfy(parts -> assertThat(2L
                                * 2560
                                * parts.stream().mapToInt(Packaging.Run::count).sum())
                        .isLessThanOrEqualTo(ExportOptions.MAX_PACKAGE_BYTES + 2L * 2560 * Packaging.MAX_DIMENSION));
    }

    private static Transformer wide(int vocabulary) {
        return SyntheticModel.int8(
                        "wide", 64, 128, 2, 1, 32, 1, vocabulary, Activation.SQUARED_RELU, true, ElementType.F16, null)
                .transformer();
    }

    @Test
    void nothingIsLeftOfAnExportThatWasCancelled() {
        int[] asked = {0};
        ExportOptions cancelled = SMALL.withCancellation(() -> ++asked[0] > 6);
        assertThatThrownBy(() -> CoreMlExporter.export(TIED, directory.resolve("x"), cancelled))
                .isInstanceOf(CancellationException.class);
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void whatIsThereStays() throws IOException {
        Path mine = Files.createDirectory(directory.resolve("mine"));
        assertThatThrownBy(() -> CoreMlExporter.export(TIED, mine, SMALL))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThat(mine).isEmptyDirectory();
    }

    @Test
    void aMissingParentIsNamed() {
        assertThatThrownBy(() -> CoreMlExporter.export(TIED, directory.resolve("none/x"), SMALL))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("make it first");
    }

    @Test
    void whatDoesNotFitIsRefused() {
        assertThatThrownBy(() -> CoreMlExporter.export(TIED, directory.resolve("x"), SMALL.withChunks(3)))
                .hasMessageContaining("3 chunks for 2 layers");
        assertThatThrownBy(() -> CoreMlExporter.export(TIED, directory.resolve("x"), SMALL.withContext(1 << 20)))
                .hasMessageContaining("trained for");
        assertThatThrownBy(() -> CoreMlExporter.export(TIED, directory.resolve("x"), SMALL.withPrefillBatch(65)))
                .hasMessageContaining("no room");
        SyntheticFile odd = new SyntheticFile(
                "odd",
                SyntheticModel.int8("odd", 66, 128, 2, 1, 32, 1, 50, Activation.SILU, true, ElementType.F16, null)
                        .transformer());
        assertThatThrownBy(() -> CoreMlExporter.export(odd, directory.resolve("x"), SMALL))
                .isInstanceOf(ModelUnsupportedException.class)
                .hasMessageContaining("66 columns");
        assertThat(directory).isEmptyDirectory();
    }
}
