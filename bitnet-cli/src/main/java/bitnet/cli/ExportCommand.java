package bitnet.cli;

import bitnet.coreml.artifact.HeadType;
import bitnet.coreml.artifact.ModelPackage;
import bitnet.coreml.export.CoreMlExporter;
import bitnet.coreml.export.ExportOptions;
import bitnet.coreml.export.ExportReport;
import bitnet.model.ModelFile;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A model to packages that another runtime executes. */
@Command(
        name = "export",
        description = {
            "Writes a model as Core ML packages for the Apple Neural Engine; --device apple-ne runs them.",
            "The directory appears under its name only when it is complete. This works on any machine."
        })
final class ExportCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    private final LayoutOption layout = new LayoutOption();

    @SuppressWarnings("UnusedVariable") // there is one value, and picocli refuses any other
    @Option(names = "--format", paramLabel = "FORMAT", description = "The format to write; coreml is the only one.")
    private Format format = Format.COREML;

    @Option(
            names = {"-c", "--context"},
            paramLabel = "N",
            description = "Tokens that prompt and answer may have together (default: the model's own limit, at most "
                    + CoreMlExporter.MAX_DEFAULT_CONTEXT + ").")
    private @Nullable Integer context;

    @Option(
            names = "--prefill-batch",
            paramLabel = "N",
            description = "Tokens of a prompt that are computed in one step (default: 64).")
    private @Nullable Integer prefillBatch;

    @SuppressWarnings("UnusedVariable") // there is one value, and picocli refuses any other
    @Option(names = "--compute", paramLabel = "TYPE", description = "The type of activations; fp16 is the only one.")
    private Compute compute = Compute.FP16;

    @Option(
            names = "--chunks",
            paramLabel = "N",
            description =
                    "The number of packages for the blocks, or auto: the fewest with which each stays below 250 MB.")
    private String chunks = "auto";

    @Option(
            names = "--head",
            paramLabel = "TYPE",
            description = "The type of the head's weights: lut6, lut8 (the default) or fp16.")
    private HeadType head = HeadType.LUT8;

    @Option(
            names = "--exact-activations",
            description = "Round activations to the 8-bit values that the model was trained with. This is slower.")
    private boolean exactActivations;

    @Option(names = "--json", description = "Write a JSON document about what was written.")
    private boolean json;

    @Parameters(
            index = "0",
            paramLabel = "MODEL",
            description = "A GGUF file, or a directory with config.json and safetensors.")
    private Path source = Path.of("");

    @Parameters(
            index = "1",
            paramLabel = "OUT_DIR",
            description =
                    "The directory to write. A directory model.coreml beside model.gguf is found without an option.")
    private Path target = Path.of("");

    private enum Format {
        COREML
    }

    private enum Compute {
        FP16
    }

    ExportCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        ModelOptions model = new ModelOptions();
        model.model = source;
        model.layout = layout;
        try (ModelFile file = model.open(console);
                LoadProgress progress = new LoadProgress(console, "exporting")) {
            ExportReport report = CoreMlExporter.export(file, target, options(progress));
            if (json) {
                Json.println(console, out -> write(out, report));
            } else {
                describe(report);
            }
        } catch (FileAlreadyExistsException e) {
            throw new UsageException(target + " is there already: remove it first, or name another directory", e);
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()), e);
        }
        return ExitCode.OK.code();
    }

    private ExportOptions options(LoadProgress progress) {
        ExportOptions options = ExportOptions.defaults()
                .withHead(head)
                .withChunks(count())
                .withExactActivations(exactActivations)
                .withProgress(progress)
                .withCancellation(console.interruption());
        options = context == null ? options : options.withContext(context);
        return prefillBatch == null ? options : options.withPrefillBatch(prefillBatch);
    }

    /** 0 for as many as are needed. */
    private int count() {
        if (chunks.equalsIgnoreCase("auto")) {
            return 0;
        }
        try {
            int count = Integer.parseInt(chunks);
            if (count > 0) {
                return count;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new UsageException("--chunks is " + chunks + ": use auto, or a number of packages");
    }

    private void describe(ExportReport report) {
        for (ModelPackage one : report.artifact().manifest().packages()) {
            String what = switch (one.role()) {
                case BLOCKS -> "layers ";
                case HEAD -> "logits ";
            };
            console.say(report.artifact().path(one) + ": " + Units.bytes(one.bytes()) + ", " + what + one.first()
                    + " to " + (one.first() + one.count() - 1));
        }
        console.say(String.format(
                Locale.ROOT,
                "%.2f bits a ternary weight; head %s%s; largest value %.0f of F16's 65504, on %d tokens",
                report.bitsPerWeight(),
                head.name().toLowerCase(Locale.ROOT),
                report.headError() == 0
                        ? ""
                        : String.format(Locale.ROOT, ", %.2g off (root mean square)", report.headError()),
                report.largest(),
                report.calibrationTokens()));
    }

    private static void write(JsonGenerator json, ExportReport report) throws IOException {
        json.writeStartObject();
        json.writeStringField("target", report.artifact().directory().toString());
        json.writeStringField("fingerprint", report.artifact().manifest().fingerprint());
        json.writeNumberField("context", report.artifact().manifest().context());
        json.writeNumberField("ternary_weights", report.ternaryWeights());
        json.writeNumberField("block_bytes", report.blockBytes());
        json.writeNumberField("head_bytes", report.headBytes());
        Json.number(json, "bits_per_weight", report.bitsPerWeight());
        Json.number(json, "head_error", report.headError());
        Json.number(json, "largest", report.largest());
        json.writeNumberField("calibration_tokens", report.calibrationTokens());
        json.writeArrayFieldStart("packages");
        for (ModelPackage one : report.artifact().manifest().packages()) {
            json.writeStartObject();
            json.writeStringField("file", one.file());
            json.writeNumberField("bytes", one.bytes());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }
}
