package bitnet.cli;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** A random model of a real one's shape, so that anyone can measure speed without a download. */
@Command(
        name = "synth",
        description = {
            "Writes a random model of a real one's shape: I2_S weights, a third to a half of them zero as in trained models,"
                    + " and an F16 embedding, or PQ2_0 weights throughout for Bonsai. It runs as fast as the real one and says nothing sensible."
        })
final class SynthCommand implements Callable<Integer> {
    private final Console console;

    @Option(
            names = "--shape",
            paramLabel = "SHAPE",
            converter = Shapes.class,
            description =
                    "2b4t (BitNet b1.58 2B-4T; the default), 8b (Llama3-8B-1.58), bonsai-1.7b, bonsai-4b, bonsai-8b"
                            + " (Ternary-Bonsai on Qwen3), embedding-0.6b, embedding-270m (BitNet embeddings on Qwen3 and Gemma 3), or for"
                            + " tests tiny, bonsai-tiny and embedding-tiny.")
    private SyntheticModel.Shape shape = SyntheticModel.Shape.BITNET_2B4T;

    @Option(names = "--layers", paramLabel = "N", description = "The number of layers, in place of the shape's own.")
    private @Nullable Integer layers;

    @Option(
            names = "--seed",
            paramLabel = "S",
            description = "The seed of the random numbers (default: ${DEFAULT-VALUE}).")
    private long seed = 1;

    @Option(names = "--force", description = "Replace an existing file.")
    private boolean force;

    @Parameters(paramLabel = "OUT", description = "The GGUF file to write.")
    private Path target = Path.of("");

    SynthCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        if (Files.exists(target) && !force) {
            throw new UsageException(target + " is there already: --force replaces it");
        }
        int count = layers == null ? shape.layers() : layers;
        if (count < 1 || count > 1000) {
            throw new UsageException("--layers is " + count + ", not from 1 to 1000");
        }
        try (WholeFile file = new WholeFile(target)) {
            try (FileChannel channel = FileChannel.open(file.temporary(), StandardOpenOption.WRITE)) {
                new SyntheticModel(shape, count, seed, console.interruption()).write(channel);
            }
            file.finish();
        }
        console.say(target + ": " + Units.bytes(Files.size(target)));
        return ExitCode.OK.code();
    }

    /** Labels of shapes. */
    static final class Shapes implements ITypeConverter<SyntheticModel.Shape> {
        @Override
        public SyntheticModel.Shape convert(String text) {
            return SyntheticModel.Shape.parse(text.toLowerCase(Locale.ROOT))
                    .orElseThrow(() -> new TypeConversionException(
                            "'" + text + "' is not one of " + SyntheticModel.Shape.labels()));
        }
    }
}
