package bitnet.coreml;

import bitnet.BackendFailureException;
import bitnet.coreml.artifact.Artifact;
import bitnet.coreml.artifact.Function;
import bitnet.coreml.artifact.Manifest;
import bitnet.coreml.artifact.ModelPackage;
import bitnet.coreml.ffm.CoreMl;
import bitnet.coreml.ffm.LoadedFunction;
import bitnet.forward.StepRunner;
import bitnet.model.Transformer;
import bitnet.spi.CompileOptions;
import bitnet.spi.KvMemory;
import bitnet.spi.Step;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Steps by the packages of an export: consecutive tokens of a sequence go through the functions {@code prefill}, padded to
 * their batch, or one by one through {@code decode}.
 */
final class CoreMlSteps implements StepRunner {
    /**
     * From so many tokens on they go through a padded prefill rather than one by one. A guess, since a prefill costs about as
     * much whether it is full or not, and what it costs was not measured.
     */
    private static final int LEAST_PREFILL = 8;

    private final Manifest manifest;
    private final Processors processors;
    private final Blocks prefill;
    private final Blocks decode;
    private final HeadLogits head;
    private final List<LoadedFunction> loaded;
    private final States states;

    private CoreMlSteps(Transformer model, Manifest manifest, Processors processors, List<LoadedFunction> loaded) {
        this.manifest = manifest;
        this.processors = processors;
        this.loaded = loaded;
        TokenInputs inputs = new TokenInputs(model, manifest);
        prefill = new Blocks(named(Function.PREFILL), manifest.prefillBatch(), inputs);
        decode = new Blocks(named(Function.DECODE), 1, inputs);
        states = new States(decode.functions());
        head = new HeadLogits(named(Function.HEAD), model.config().vocabulary());
    }

    private List<LoadedFunction> named(String name) {
        return loaded.stream().filter(one -> one.function().name().equals(name)).toList();
    }

    /**
     * Compiles what is not in the cache, and loads all functions.
     *
     * @throws IOException if a package cannot be read or the cache not be written
     * @throws CoreMlException if Core ML fails
     */
    static CoreMlSteps load(Transformer model, Artifact artifact, Processors processors, CompileOptions options)
            throws IOException {
        Manifest manifest = artifact.manifest();
        List<LoadedFunction> loaded = new ArrayList<>();
        try {
            int done = 0;
            for (ModelPackage one : manifest.packages()) {
                options.cancellation().check();
                options.progress().at(done++, manifest.packages().size());
                Path compiled = CompiledCache.compile(artifact.path(one), one.sha256());
                for (Function function : one.functions()) {
                    loaded.add(LoadedFunction.load(compiled, function, processors));
                }
            }
            options.progress().at(done, done);
            return new CoreMlSteps(model, manifest, processors, loaded);
        } catch (IOException | RuntimeException | Error e) {
            loaded.forEach(LoadedFunction::close);
            throw e;
        }
    }

    /** All functions of all packages. */
    List<LoadedFunction> functions() {
        return List.copyOf(loaded);
    }

    @Override
    public KvMemory keysAndValues() {
        return states;
    }

    @Override
    public void run(Step step) {
        failing(() -> {
            for (int row = 0; row < step.rows(); ) {
                int end = row + 1;
                while (end < step.rows() && step.cache(end).equals(step.cache(row))) {
                    end++;
                }
                for (int count; row < end; row += count) {
                    boolean together = end - row >= LEAST_PREFILL && roomForPrefill(step.position(row));
                    Blocks blocks = together ? prefill : decode;
                    count = Math.min(blocks.tokens(), end - row);
                    blocks.run(step, row, count);
                    head.fill(step, row, count, blocks);
                }
            }
            return step;
        });
    }

    /** A padded batch is written to the state whole. */
    private boolean roomForPrefill(int position) {
        return position + manifest.prefillBatch() <= manifest.context();
    }

    @Override
    public long memoryBytes() {
        return manifest.packages().stream().mapToLong(ModelPackage::bytes).sum();
    }

    @Override
    public String residency() {
        return failing(() -> {
            Residency sum = Residency.NONE;
            for (LoadedFunction one : loaded) {
                sum = sum.plus(CoreMl.plan(one.compiled(), one.function().name(), processors));
            }
            return sum.toString();
        });
    }

    /** Failures of Core ML as those of a backend. */
    private static <T> T failing(Supplier<T> action) {
        try {
            return action.get();
        } catch (CoreMlException e) {
            throw new BackendFailureException("Core ML failed: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        states.close();
        loaded.forEach(LoadedFunction::close);
    }
}
