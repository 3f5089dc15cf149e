package bitnet.coreml.export;

import bitnet.coreml.artifact.Feature;
import bitnet.coreml.artifact.FeatureType;
import bitnet.coreml.artifact.Function;
import bitnet.coreml.artifact.ModelPackage;
import bitnet.coreml.artifact.Role;
import bitnet.coreml.mil.DataType;
import bitnet.coreml.mil.FunctionBuilder;
import bitnet.coreml.mil.Operations;
import bitnet.coreml.mil.Program;
import bitnet.coreml.mil.TensorType;
import bitnet.coreml.mil.Var;
import bitnet.coreml.mlpackage.PackageDigest;
import bitnet.coreml.mlpackage.PackageWriter;
import bitnet.forward.ForwardPass;
import bitnet.model.FloatTable;
import bitnet.model.ModelConfig;
import bitnet.model.Transformer;
import bitnet.spi.CompileOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Writes the packages of one export. */
final class PackageExport {
    private final Path directory;
    private final int context;
    private final Folding folding;
    private final ExportOptions options;
    private final HeadError headError = new HeadError();

    PackageExport(Path directory, int context, Folding folding, ExportOptions options) {
        this.directory = directory;
        this.context = context;
        this.folding = folding;
        this.options = options;
    }

    /** All packages, in the order of the manifest. */
    List<ModelPackage> write(Transformer model, Packaging packaging) throws IOException {
        List<ModelPackage> packages = new ArrayList<>();
        int total = packaging.blocks().size() + packaging.heads().size();
        for (int i = 0; i < packaging.blocks().size(); i++) {
            options.progress().at(total + packages.size(), 2L * total);
            packages.add(blocks(model, packaging.blocks().get(i), "blocks-" + i + ".mlpackage"));
        }
        for (int i = 0; i < packaging.heads().size(); i++) {
            options.progress().at(total + packages.size(), 2L * total);
            packages.add(head(model, packaging.heads().get(i), "head-" + i + ".mlpackage"));
        }
        options.progress().at(2L * total, 2L * total);
        return packages;
    }

    /** How far the head's palettes are from its weights. */
    double headError() {
        return headError.relative();
    }

    /** Runs the forward pass over some layers, once for each function. */
    private ModelPackage blocks(Transformer model, Packaging.Run run, String name) throws IOException {
        Transformer part = part(model, run);
        try (PackageWriter writer = new PackageWriter(directory.resolve(name))) {
            BlockWeights weights = new BlockWeights(writer.weights());
            FunctionBuilder prefill = function(part, weights, Function.PREFILL, options.prefillBatch());
            FunctionBuilder decode = function(part, weights, Function.DECODE, 1);
            String about = model.config().name() + ", layers " + run.first() + " to " + (run.first() + run.count() - 1);
            return finish(writer, name, Role.BLOCKS, run.first(), run.count(), List.of(prefill, decode), about);
        }
    }

    private FunctionBuilder function(Transformer part, BlockWeights weights, String name, int tokens) {
        BlockKernels kernels =
                new BlockKernels(part.config(), name, tokens, context, weights, folding, options.exactActivations());
        CompileOptions defaults = CompileOptions.of(context);
        CompileOptions compile = new CompileOptions(
                context,
                defaults.threads(),
                tokens,
                defaults.kvType(),
                defaults.device(),
                defaults.progress(),
                options.cancellation());
        new ForwardPass(part, kernels, compile).program();
        return kernels.function();
    }

    /** A model of some of the layers. */
    private static Transformer part(Transformer model, Packaging.Run run) {
        ModelConfig c = model.config();
        ModelConfig config = new ModelConfig(
                c.architecture(),
                c.name(),
                run.count(),
                c.hidden(),
                c.feedForward(),
                c.heads(),
                c.kvHeads(),
                c.headDim(),
                c.vocabulary(),
                c.contextLength(),
                c.normEpsilon(),
                c.activation(),
                c.rope());
        return new Transformer(
                config,
                model.embedding(),
                model.layers().subList(run.first(), run.first() + run.count()),
                model.outputNorm(),
                model.head());
    }

    /** The output norm and a convolution for each part: the Neural Engine takes no matrix of a whole vocabulary. */
    private ModelPackage head(Transformer model, List<Packaging.Run> parts, String name) throws IOException {
        ModelConfig config = model.config();
        try (PackageWriter writer = new PackageWriter(directory.resolve(name))) {
            FunctionBuilder function = new FunctionBuilder(Function.HEAD);
            Operations operations = new Operations(function);
            Var x = function.input(half(Function.X, config.hidden()));
            TensorType gain = TensorType.of(DataType.FLOAT16, 1, config.hidden(), 1, 1);
            Var normed = RmsNorm.append(
                    operations,
                    x,
                    folding.residual(),
                    config.normEpsilon(),
                    writer.weights().addHalves(gain, model.outputNorm()));
            for (Packaging.Run part : parts) {
                options.cancellation().check();
                Var rows = new HeadRows(FloatTable.require(model.head()), part.first(), part.count())
                        .write(options.head(), writer.weights(), operations, headError);
                String logits = "logits_" + part.first();
                function.output(half(logits, part.count()), operations.conv(logits + "_product", normed, rows));
            }
            int first = parts.getFirst().first();
            int count = parts.getLast().first() + parts.getLast().count() - first;
            String about = config.name() + ", logits " + first + " to " + (first + count - 1);
            return finish(writer, name, Role.HEAD, first, count, List.of(function), about);
        }
    }

    private static Feature half(String name, int width) {
        return new Feature(name, FeatureType.FLOAT16, List.of(1, width, 1, 1));
    }

    private ModelPackage finish(
            PackageWriter writer,
            String name,
            Role role,
            int first,
            int count,
            List<FunctionBuilder> functions,
            String about)
            throws IOException {
        writer.finish(Program.serialize(functions, about, CoreMlExporter.VERSION));
        PackageDigest digest = PackageDigest.of(directory.resolve(name));
        List<Function> described =
                functions.stream().map(FunctionBuilder::describe).toList();
        return new ModelPackage(name, role, first, count, digest.bytes(), digest.sha256(), described);
    }
}
