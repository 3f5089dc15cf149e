package bitnet.coreml.export;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.coreml.artifact.Function;
import bitnet.coreml.interpreter.GraphDrawing;
import bitnet.coreml.interpreter.MlPackage;
import bitnet.demo.DemoModel;
import bitnet.gguf.GgufModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code docs/coreml-block.svg} is the first block of the demo model, as it is exported now. {@code -Dbitnet.draw=true} draws it again. */
class DrawingTest {
    private static final Path DRAWING = Path.of("../docs/coreml-block.svg");

    @TempDir
    Path directory;

    @Test
    void theDrawingInTheDocumentationIsCurrent() throws IOException {
        try (GgufModel file = GgufModel.open(DemoModel.file())) {
            Path export = directory.resolve("export");
            CoreMlExporter.export(
                    file, export, ExportOptions.defaults().withContext(512).withChunks(8));
            String svg = GraphDrawing.svg(MlPackage.read(export.resolve("blocks-0.mlpackage")), Function.PREFILL);
            if (Boolean.getBoolean("bitnet.draw")) {
                Files.writeString(DRAWING, svg);
            }
            assertThat(DRAWING).hasContent(svg);
        }
    }
}
