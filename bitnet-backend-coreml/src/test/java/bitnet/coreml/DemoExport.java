package bitnet.coreml;

import bitnet.Model;
import bitnet.coreml.artifact.Artifact;
import bitnet.coreml.export.CoreMlExporter;
import bitnet.coreml.export.ExportOptions;
import bitnet.coreml.ffm.FakeCoreMl;
import bitnet.demo.DemoModel;
import bitnet.model.ModelFile;
import bitnet.natives.NativeLibrary;
import java.io.IOException;
import java.nio.file.Path;

/** The demo model, exported, where the backend finds it. */
final class DemoExport implements AutoCloseable {
    static final int CONTEXT = 256;
    static final int PREFILL = 32;

    final Path model = DemoModel.file();
    final Artifact artifact;

    /** With the double, which computes it by the interpreter; without one the test is skipped. */
    static DemoExport overDouble(Path directory) throws IOException {
        FakeCoreMl.require();
        FakeCoreMl.executeBy(new InterpreterExecutor());
        return new DemoExport(directory);
    }

    /** @param directory for the export and for what is compiled from it */
    DemoExport(Path directory) throws IOException {
        System.setProperty(
                NativeLibrary.CACHE_PROPERTY, directory.resolve("cache").toString());
        ExportOptions options = ExportOptions.defaults()
                .withContext(CONTEXT)
                .withPrefillBatch(PREFILL)
                .withChunks(2);
        try (ModelFile file = Model.open(model)) {
            artifact = CoreMlExporter.export(file, directory.resolve("demo.coreml"), options)
                    .artifact();
        }
        System.setProperty(Exports.PROPERTY, artifact.directory().toString());
    }

    @Override
    public void close() {
        System.clearProperty(NativeLibrary.CACHE_PROPERTY);
        System.clearProperty(Exports.PROPERTY);
    }
}
