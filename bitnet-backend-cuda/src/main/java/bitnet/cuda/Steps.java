package bitnet.cuda;

import bitnet.cuda.driver.GpuGraph;
import bitnet.model.ModelConfig;
import bitnet.spi.Step;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Puts steps on the device. The operations of a program are recorded and fused once, for one row and for more, and launched
 * for every step; a step of few rows that comes again is replayed as a graph.
 */
final class Steps implements AutoCloseable {
    /** Programs whose operations are kept: a model has one, tests have many. */
    private static final int MOST_PLANS = 8;

    private final ModelConfig config;
    private final Gpu gpu;
    private final Uploads uploads;
    private final StepEntries entries;
    private final @Nullable DecodeRoom decodeRoom;
    private final LogitsRoom logitsRoom;
    private final StepGraphs graphs = new StepGraphs();
    private final List<Operation> recorded = new ArrayList<>();
    private final Map<PlanKey, Plan> plans = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<PlanKey, Plan> eldest) {
            return size() > MOST_PLANS;
        }
    };
    /** Those whose addresses the device has. */
    private @Nullable List<DecodeLayer> decodeLayers;

    /** What is fused depends on no more than this. */
    private record PlanKey(Runnable program, boolean oneRow) {}

    private record Launched(Operation operation, KernelArgument argument) {}

    /** Operations to launch, the last of which makes what the step is for. */
    private record Plan(List<Launched> operations) {}

    /** @param decodeRoom for all layers in one launch; null if they are launched apart */
    Steps(
            ModelConfig config,
            Gpu gpu,
            Uploads uploads,
            StepEntries entries,
            @Nullable DecodeRoom decodeRoom,
            LogitsRoom logitsRoom) {
        this.config = config;
        this.gpu = gpu;
        this.uploads = uploads;
        this.entries = entries;
        this.decodeRoom = decodeRoom;
        this.logitsRoom = logitsRoom;
    }

    /** An operation of the program that runs. */
    void record(Operation operation) {
        recorded.add(operation);
    }

    /** Runs a step, and delivers its logits. */
    void run(Step step, Runnable program) {
        StepShape shape = entries.fill(step);
        StepGraphs.Key key = new StepGraphs.Key(program, shape);
        boolean known = shape.rows() <= TernaryMatmul.FEW_TOKENS && graphs.isKnown(key);
        GpuGraph graph = known ? graphs.graph(key) : null;
        Plan plan = plan(program, shape);
        if (graph == null && known) {
            graph = gpu.stream().capture(() -> launch(plan, shape));
            graphs.keep(key, graph);
        }
        if (graph != null) {
            graph.launch(gpu.stream());
        } else {
            launch(plan, shape);
        }
        gpu.stream().await("the kernels of the step");
        if (step.outputs() > 0 && !plan.operations().isEmpty()) {
            deliver(step, shape, plan.operations().getLast().operation());
        }
    }

    private Plan plan(Runnable program, StepShape shape) {
        PlanKey key = new PlanKey(program, shape.rows() == 1);
        Plan plan = plans.get(key);
        if (plan == null) {
            recorded.clear();
            program.run();
            if (shape.rows() == 1) {
                recorded.removeIf(KeepOutputs.class::isInstance); // layers without it can be one launch
            }
            List<Operation> fused = wholeStep(Fusion.fuse(recorded, gpu, shape.rows()), shape);
            plan = new Plan(fused.stream()
                    .map(operation -> new Launched(operation, new KernelArgument()))
                    .toList());
            plans.put(key, plan);
        }
        return plan;
    }

    /** With all layers as one operation, if it is a step of one token of a model that there is a kernel for. */
    private List<Operation> wholeStep(List<Operation> fused, StepShape shape) {
        DecodeStep step = shape.rows() == 1 ? DecodeStep.of(fused, config, decodeRoom) : null;
        if (step == null || (decodeLayers != null && !decodeLayers.equals(step.layers()))) {
            return fused;
        }
        if (decodeLayers == null) {
            step.upload(uploads);
            decodeLayers = step.layers();
        }
        return step.replace(fused);
    }

    private void launch(Plan plan, StepShape shape) {
        entries.upload(gpu, shape);
        gpu.begin();
        StepShape rest = shape;
        for (Launched launched : plan.operations()) {
            if (!(launched.operation() instanceof KeepOutputs)) {
                launched.operation().launch(gpu, rest, launched.argument());
            } else if (rest.outputs() == 0) {
                return; // nobody wants what is behind it
            } else if (rest.outputs() < rest.rows()) {
                launched.operation().launch(gpu, rest, launched.argument());
                rest = rest.keepOutputs();
            }
        }
    }

    private void deliver(Step step, StepShape shape, Operation last) {
        switch (last) {
            case LogitsOfRows logits -> deliver(step, shape, logits);
            case States states -> states.deliver(step);
            default -> {}
        }
    }

    /** Outputs that there was no room for are computed now; only steps that are not recorded have so many. */
    private void deliver(Step step, StepShape shape, LogitsOfRows logits) {
        for (int first = 0; first < step.outputs(); first += logitsRoom.outputs()) {
            int count = Math.min(logitsRoom.outputs(), step.outputs() - first);
            if (first > 0) {
                gpu.begin();
                logits.launch(gpu, shape, first, count);
                gpu.stream().await("the logits of the step");
            }
            for (int i = 0; i < count; i++) {
                if (shape.top() == 0) {
                    logitsRoom.deliver(i, step.target(first + i));
                } else if (!logitsRoom.top().deliver(i, step.target(first + i))) {
                    gpu.begin();
                    logits.launchAll(gpu, first + i);
                    gpu.stream().await("the logits of the step");
                    logitsRoom.deliver(0, step.target(first + i));
                }
            }
        }
    }

    @Override
    public void close() {
        graphs.close();
    }
}
