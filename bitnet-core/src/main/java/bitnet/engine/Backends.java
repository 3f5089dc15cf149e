package bitnet.engine;

import bitnet.BackendFailureException;
import bitnet.BackendReport;
import bitnet.BackendReport.Outcome;
import bitnet.Device;
import bitnet.DevicePolicy;
import bitnet.DeviceUnavailableException;
import bitnet.LoadOptions;
import bitnet.ModelInfo;
import bitnet.model.Pooling;
import bitnet.model.Transformer;
import bitnet.scalar.ScalarBackend;
import bitnet.spi.Cancellation;
import bitnet.spi.CompileOptions;
import bitnet.spi.CompiledModel;
import bitnet.spi.KernelBackend;
import bitnet.spi.Progress;
import bitnet.spi.UnsupportedByBackendException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The backends that a model may run on: places it on the first that can, and on the next when that one fails. */
final class Backends implements LoadedModel.Mover {
    private static final Logger log = LoggerFactory.getLogger(Backends.class);

    private final Path source;
    private final Transformer transformer;
    private final LoadOptions options;
    private final int contextLength;
    private final Function<Selection<CompiledModel>, ModelInfo> info;
    private final List<Candidate> candidates;

    /**
     * @param source the model's file or directory
     * @param transformer the model
     * @param options the policy
     * @param contextLength tokens of a sequence
     * @param candidates all backends
     * @param info tells the facts about the model on a backend
     */
    Backends(
            Path source,
            Transformer transformer,
            LoadOptions options,
            int contextLength,
            List<Candidate> candidates,
            Function<Selection<CompiledModel>, ModelInfo> info) {
        this.source = source;
        this.transformer = transformer;
        this.options = options;
        this.contextLength = contextLength;
        this.info = info;
        this.candidates = new ArrayList<>(candidates);
    }

    /**
     * Places the model for the first time.
     *
     * @throws DeviceUnavailableException if no backend can take it
     */
    Placement first() {
        return place(options.progress(), options.cancellation());
    }

    /** Called by one thread at a time. */
    @Override
    public @Nullable Placement after(Placement failed, BackendFailureException failure, Cancellation cancellation) {
        if (!options.failover()) {
            return null;
        }
        String id = failed.info().backend();
        log.warn("{} failed on {}: {}", failed.info().name(), id, failure.getMessage());
        candidates.replaceAll(candidate -> candidate.id().equals(id)
                ? Candidate.refused(
                        id, candidate.device(), "it failed while it computed: " + failure.getMessage(), failure)
                : candidate);
        try {
            failed.compiled().close();
        } catch (RuntimeException | Error e) {
            log.warn("{} could not be freed after its failure", id, e);
        }
        try {
            return place(Progress.NONE, cancellation);
        } catch (DeviceUnavailableException e) {
            failure.addSuppressed(e);
            return null;
        }
    }

    private Placement place(Progress progress, Cancellation cancellation) {
        Selection<CompiledModel> selection = Selection.choose(
                policy(),
                options.backend(),
                candidates,
                candidate -> compile(candidate, compileOptions(candidate, progress, cancellation)));
        try {
            ModelInfo facts = info.apply(selection);
            log(facts.name(), selection);
            PrefixCache prefixes = PrefixCache.of(selection.opened(), options.scheduling());
            return new Placement(selection.opened(), facts, prefillChunk(selection.candidate()), prefixes);
        } catch (RuntimeException | Error e) {
            selection.opened().close();
            throw e;
        }
    }

    /** {@link DevicePolicy#auto()} goes on to a device that it leaves out, but for which the model was prepared, before the CPU. */
    private DevicePolicy policy() {
        if (!options.device().equals(DevicePolicy.auto())) {
            return options.device();
        }
        List<Device> order = new ArrayList<>(options.device().order());
        for (Candidate candidate : candidates) {
            if (candidate.device() != null && !order.contains(candidate.device()) && candidate.isPrepared(source)) {
                order.add(order.indexOf(Device.CPU), candidate.device());
            }
        }
        return new DevicePolicy.Prefer(order);
    }

    private int prefillChunk(Candidate candidate) {
        if (options.prefillChunk() > 0) {
            return options.prefillChunk();
        }
        KernelBackend backend = Objects.requireNonNull(candidate.backend());
        return transformer.output() instanceof Pooling ? backend.embeddingChunk() : backend.prefillChunk();
    }

    private CompileOptions compileOptions(Candidate candidate, Progress progress, Cancellation cancellation) {
        return new CompileOptions(
                contextLength,
                options.threads(),
                prefillChunk(candidate),
                options.kvType(),
                options.head(),
                options.deviceIndex(),
                progress,
                cancellation,
                source);
    }

    private CompiledModel compile(Candidate candidate, CompileOptions compileOptions) {
        CompiledModel compiled = Objects.requireNonNull(
                Objects.requireNonNull(candidate.backend()).compile(transformer, compileOptions),
                "compile gave nothing");
        if (compiled.capacity() < options.contextLength()) {
            compiled.close();
            throw new UnsupportedByBackendException("it holds " + compiled.capacity()
                    + " tokens here, and a context of " + options.contextLength() + " is wanted");
        }
        return compiled;
    }

    /**
     * Once a placement. What should have served and did not is one warning, which has the reasons and their cures: the
     * backend that serves now is slower. A device that is not there is part of it only if it was asked for by name.
     */
    private void log(String name, Selection<CompiledModel> selection) {
        List<String> missed = new ArrayList<>();
        for (BackendReport report : selection.reports()) {
            if (report.outcome() == Outcome.REFUSED
                    || (report.outcome() == Outcome.ABSENT && isAskedForByName(report.device()))) {
                missed.add(report.backend() + ": " + report.detail());
            } else {
                log.debug("{}: {}", name, report);
            }
        }
        String chosen = selection.candidate().id();
        if (chosen.equals(ScalarBackend.ID) && missed.isEmpty() && options.backend() == null) {
            log.warn(
                    "{} runs on {}, which is slow, because no other backend is installed: add bitnet-backend-cpu",
                    name,
                    chosen);
        } else if (missed.isEmpty()) {
            log.info("{} runs on {}: {}", name, chosen, selection.probe().isa());
        } else {
            log.warn("{} runs on {}, because a backend before it cannot: {}", name, chosen, String.join("; ", missed));
        }
    }

    private boolean isAskedForByName(@Nullable Device device) {
        return !options.device().equals(DevicePolicy.auto())
                && device == options.device().order().getFirst();
    }
}
