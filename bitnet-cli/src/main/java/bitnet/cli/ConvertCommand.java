package bitnet.cli;

import bitnet.convert.ConversionReport;
import bitnet.convert.ConvertOptions;
import bitnet.convert.ModelConverter;
import bitnet.convert.Verification;
import bitnet.convert.WeightType;
import bitnet.cpu.CpuNativeBackend;
import bitnet.model.ModelFile;
import bitnet.scalar.ScalarBackend;
import bitnet.spi.KernelBackend;
import bitnet.spi.Probe;
import bitnet.tensor.ElementType;
import bitnet.tensor.I2sLayout;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** Any model that bitnet reads, to a GGUF file that others read too. */
@Command(
        name = "convert",
        description = {
            "Writes a model as a GGUF file for bitnet, bitnet.cpp (i2_s) or llama.cpp (tq1_0, tq2_0, q1_0, q2_0).",
            "The file appears under its name only after it was read back and compared with the source."
        })
final class ConvertCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    private final LayoutOption sourceLayout = new LayoutOption();

    @Option(
            names = "--type",
            paramLabel = "TYPE",
            required = true,
            converter = WeightTypes.class,
            description = {
                "How ternary weights are written. For models with one scale for each matrix: i2_s, tq1_0, tq2_0, f16 or bf16;",
                "with a scale for each group of weights: q2_0, pq2_0, ptq1_0, q1_0 (weights of -1 and +1), tq1_0 or tq2_0."
            })
    private WeightType type = WeightType.I2_S;

    @Option(
            names = "--embedding-type",
            paramLabel = "TYPE",
            description = "How a float embedding is written: f16, bf16, q8_0 or q6_k (default: as it is).")
    private @Nullable ElementType embeddingType;

    @Option(
            names = "--layout",
            paramLabel = "LAYOUT",
            converter = LayoutOption.Converter.class,
            description = "How i2_s weights are laid out: x86 (the default) or arm, for bitnet.cpp on that processor.")
    private I2sLayout layout = I2sLayout.X86;

    @Option(names = "--force", description = "Replace an existing file.")
    private boolean force;

    @Option(names = "--no-verify", description = "Do not read the file back.")
    private boolean unverified;

    @Option(names = "--json", description = "Write a JSON document about what was written.")
    private boolean json;

    @Parameters(
            index = "0",
            paramLabel = "SRC",
            description = "A GGUF file, or a directory with config.json and safetensors.")
    private Path source = Path.of("");

    @Parameters(index = "1", paramLabel = "OUT", description = "The GGUF file to write.")
    private Path target = Path.of("");

    ConvertCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        ModelOptions options = new ModelOptions();
        options.model = source;
        options.layout = sourceLayout;
        try (ModelFile file = options.open(console);
                LoadProgress progress = new LoadProgress(console, "writing")) {
            ConversionReport report = ModelConverter.convert(file, target, convertOptions(progress));
            if (json) {
                Json.println(console, out -> write(out, report));
            } else {
                console.say(describe(report));
            }
        } catch (FileAlreadyExistsException e) {
            throw new UsageException(target + " is there already: --force replaces it", e);
        }
        return ExitCode.OK.code();
    }

    private ConvertOptions convertOptions(LoadProgress progress) {
        try {
            return ConvertOptions.to(type)
                    .withEmbeddingType(embeddingType)
                    .withLayout(layout)
                    .withOverwrite(force)
                    .withVerify(!unverified)
                    .withProbe(probe())
                    .withProgress(progress)
                    .withCancellation(console.interruption());
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()), e);
        }
    }

    /** What computes the logits that are compared: the fastest on this machine's CPU. */
    private static KernelBackend probe() {
        KernelBackend fast = new CpuNativeBackend();
        return fast.probe() instanceof Probe.Usable ? fast : new ScalarBackend();
    }

    private static String describe(ConversionReport report) {
        String written = report.target() + ": " + Units.bytes(report.bytes()) + ", "
                + report.type().label() + ", embedding " + embeddingType(report);
        Verification verification = report.verification();
        return written + (verification == null ? "; not verified" : "; read back: " + describe(verification));
    }

    private static String embeddingType(ConversionReport report) {
        ElementType type = report.embeddingType();
        return type == null ? report.type().label() : type.name().toLowerCase(Locale.ROOT);
    }

    private static String describe(Verification verification) {
        String equal = String.format(
                Locale.ROOT,
                "%,d weights in %d tensors equal, scales off by up to %.2g, embedding by %.2g",
                verification.weights(),
                verification.ternaryTensors(),
                verification.scaleError(),
                verification.embeddingError());
        Verification.LogitsDistance logits = verification.logits();
        if (logits == null) {
            return equal;
        }
        return equal
                + (logits.largest() == 0
                        ? ", logits equal"
                        : String.format(
                                Locale.ROOT,
                                ", logits by up to %.2g (cosine %.6f)",
                                logits.largest(),
                                logits.cosine()));
    }

    private static void write(JsonGenerator json, ConversionReport report) throws IOException {
        json.writeStartObject();
        json.writeStringField("target", report.target().toString());
        json.writeNumberField("bytes", report.bytes());
        json.writeStringField("architecture", report.architecture());
        json.writeStringField("type", report.type().label());
        json.writeStringField("embedding_type", embeddingType(report));
        Verification verification = report.verification();
        if (verification == null) {
            json.writeNullField("verification");
        } else {
            json.writeObjectFieldStart("verification");
            json.writeNumberField("ternary_tensors", verification.ternaryTensors());
            json.writeNumberField("weights", verification.weights());
            Json.number(json, "scale_error", verification.scaleError());
            Json.number(json, "embedding_error", verification.embeddingError());
            Json.number(json, "head_error", verification.headError());
            write(json, verification.logits());
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, Verification.@Nullable LogitsDistance logits) throws IOException {
        if (logits == null) {
            json.writeNullField("logits");
            return;
        }
        json.writeObjectFieldStart("logits");
        json.writeNumberField("tokens", logits.tokens());
        Json.number(json, "largest_difference", logits.largest());
        Json.number(json, "cosine", logits.cosine());
        json.writeBooleanField("same_best", logits.sameBest());
        json.writeEndObject();
    }

    /** Labels of weight types. */
    static final class WeightTypes implements ITypeConverter<WeightType> {
        @Override
        public WeightType convert(String text) {
            return WeightType.parse(text)
                    .orElseThrow(
                            () -> new TypeConversionException("'" + text + "' is not one of " + WeightType.labels()));
        }
    }
}
