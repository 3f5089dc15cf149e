package bitnet.cli;

import bitnet.inspect.Finding.Severity;
import bitnet.inspect.Inspection;
import bitnet.model.ModelFile;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What is in a model's files, and what is wrong with them. */
@Command(
        name = "inspect",
        description = {
            "Shows what is in a model's files, and checks them: shapes, ternary codes, scales, embedding rows, vocabulary,"
                    + " chat template.",
            "Ends with exit code 9 if something is wrong; see --fail-on."
        })
final class InspectCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    private final LayoutOption layout = new LayoutOption();

    @Option(names = "--tensors", description = "List every tensor.")
    private boolean tensors;

    @Option(names = "--metadata", description = "List the metadata of a GGUF file.")
    private boolean metadata;

    @Option(
            names = "--fail-on",
            paramLabel = "SEVERITY",
            description = "End with exit code 9 from this severity on: error (the default), warning or note.")
    private Severity failOn = Severity.ERROR;

    @Option(names = "--json", description = "Write a JSON document.")
    private boolean json;

    @Parameters(
            paramLabel = "MODEL",
            arity = "0..1",
            description =
                    "A GGUF file, or a directory with config.json and safetensors. Default: BITNET_MODEL, or the built-in demo model.")
    private @Nullable Path path;

    InspectCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        ModelOptions options = new ModelOptions();
        options.model = path;
        options.layout = layout;
        try (ModelFile file = options.open(console)) {
            Inspection inspection = Inspection.of(file);
            var report = new InspectionReport(inspection, tensors, metadata);
            if (json) {
                Json.println(console, report::write);
            } else {
                console.print(report.text());
            }
            return (inspection.has(failOn) ? ExitCode.FINDINGS : ExitCode.OK).code();
        }
    }
}
