package bitnet.coreml.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.ModelFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ManifestTest {
    private static final String FINGERPRINT = "0123456789abcdef".repeat(4);
    private static final Manifest MANIFEST = manifest(FINGERPRINT);

    @TempDir
    Path directory;

    private static Manifest manifest(String fingerprint) {
        Feature x = new Feature(Function.X, FeatureType.FLOAT16, List.of(1, 64, 1, 8));
        Feature position = new Feature(Function.POSITION, FeatureType.INT32, List.of(1));
        Feature kv = new Feature(Function.KV, FeatureType.FLOAT16, List.of(4, 2, 64, 32));
        Function prefill = new Function(Function.PREFILL, List.of(x, position), List.of(x), List.of(kv));
        Function decode = new Function(Function.DECODE, List.of(x, position), List.of(x), List.of(kv));
        Function head = new Function(Function.HEAD, List.of(x), List.of(x), List.of());
        return new Manifest(
                "1.2",
                "a \"model\"",
                fingerprint,
                64,
                8,
                "fp16",
                HeadType.LUT6,
                true,
                0.25f,
                -40000,
                List.of(
                        new ModelPackage("b0.mlpackage", Role.BLOCKS, 0, 2, 123, FINGERPRINT, List.of(prefill, decode)),
                        new ModelPackage("b1.mlpackage", Role.BLOCKS, 2, 1, 99, FINGERPRINT, List.of(prefill, decode)),
                        new ModelPackage("h.mlpackage", Role.HEAD, 0, 500, 7, FINGERPRINT, List.of(head))));
    }

    @Test
    void whatIsWrittenIsRead() throws IOException {
        Path file = directory.resolve(Manifest.FILE);
        MANIFEST.write(file);
        assertThat(Manifest.read(file)).isEqualTo(MANIFEST);
        assertThat(Files.readString(file)).endsWith("}\n").doesNotContain("\r");
    }

    @ParameterizedTest(name = "{0} -> {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "\"version\" : 1 | \"version\" : 2 | /version",
                "\"version\" : 1 | \"version\" : \"1\" | /version",
                "\"context\" : 64 | \"context\" : 0 | /context",
                "\"context\" : 64 | \"context\" : 6.5 | /context",
                "\"context\" : 64 | \"kontext\" : 64 | /context",
                "\"prefill_batch\" : 8 | \"prefill_batch\" : -1 | /prefill_batch",
                "\"prefill_batch\" : 8 | \"prefill_batch\" : 65 | /prefill_batch",
                "\"name\" : \"decode\" | \"name\" : \"decoder\" | /packages/0/functions",
                "\"head\" : \"lut6\" | \"head\" : \"lut5\" | /head",
                "\"exact_activations\" : true | \"exact_activations\" : 1 | /exact_activations",
                "\"residual_scale\" : 0.25 | \"residual_scale\" : null | /residual_scale",
                "\"fingerprint\" : \"0123 | \"fingerprint\" : \"012x | /fingerprint",
                "\"file\" : \"b1.mlpackage\" | \"file\" : \"../b1\" | /packages/1/file",
                "\"file\" : \"b1.mlpackage\" | \"file\" : \".\" | /packages/1/file",
                "\"role\" : \"head\" | \"role\" : \"tail\" | /packages/2/role",
                "\"role\" : \"head\" | \"role\" : \"blocks\" | /packages",
                "\"first\" : 2 | \"first\" : 3 | /packages",
                "\"count\" : 500 | \"count\" : 0 | /packages/2/count",
                "\"bytes\" : 99 | \"bytes\" : -1 | /packages/1/bytes",
                "\"type\" : \"int32\" | \"type\" : \"int64\" | /packages/0/functions/0/inputs/1/type",
                "4, 2, 64, 32 | 4, 0, 64, 32 | /packages/0/functions/0/states/0/shape",
                "4, 2, 64, 32 | 65536, 65536, 64, 32 | /packages/0/functions/0/states/0/shape",
                "\"model\" | model | line",
            })
    void whatIsWrongIsNamed(String good, String bad, String where) throws IOException {
        Path file = directory.resolve(Manifest.FILE);
        MANIFEST.write(file);
        String text = Files.readString(file).replace("[ 4, 2, 64, 32 ]", "[4, 2, 64, 32]");
        assertThat(text).contains(good);
        Files.writeString(file, text.replaceFirst(java.util.regex.Pattern.quote(good), bad));
        assertThatThrownBy(() -> Manifest.read(file))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(where);
    }

    @Test
    void theFirstExportOfTheModelIsFound() throws IOException {
        Path empty = Files.createDirectory(directory.resolve("empty"));
        Path other = export("other", "f".repeat(64));
        Path broken = export("broken", FINGERPRINT);
        Files.writeString(broken.resolve(Manifest.FILE), "{");
        Path incomplete = export("incomplete", FINGERPRINT);
        Files.delete(incomplete.resolve("b1.mlpackage"));
        Path good = export("good", FINGERPRINT);
        Search search = Artifact.find(
                FINGERPRINT, List.of(empty, other, broken, incomplete, good, export("later", FINGERPRINT)));
        assertThat(search.found()).isEqualTo(new Artifact(good, MANIFEST));
        assertThat(search.passed()).hasSize(4);
        assertThat(search.passed().get(0)).contains("no " + Manifest.FILE, empty.toString());
        assertThat(search.passed().get(1)).contains("another model", "ffffffffffff");
        assertThat(search.passed().get(2)).contains(broken.toString());
        assertThat(search.passed().get(3)).contains("b1.mlpackage", "does not exist");
        assertThat(Artifact.find(FINGERPRINT, List.of(other)).found()).isNull();
    }

    private Path export(String name, String fingerprint) throws IOException {
        Path export = Files.createDirectory(directory.resolve(name));
        Manifest manifest = manifest(fingerprint);
        for (ModelPackage one : manifest.packages()) {
            Files.createDirectory(export.resolve(one.file()));
        }
        manifest.write(export.resolve(Manifest.FILE));
        return export;
    }

    @Test
    void anExportIsLookedForBesideItsModel() throws IOException {
        Path file = Files.createFile(directory.resolve("model.v2.gguf"));
        assertThat(Artifact.beside(file)).isEqualTo(directory.resolve("model.v2.coreml"));
        Path checkpoint = Files.createDirectory(directory.resolve("model.v2"));
        assertThat(Artifact.beside(checkpoint)).isEqualTo(directory.resolve("model.v2.coreml"));
    }
}
