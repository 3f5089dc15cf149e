package bitnet.conformance;

import bitnet.HeadType;
import bitnet.KvType;
import bitnet.model.ScaleGranularity;
import bitnet.model.Transformer;
import bitnet.scalar.ScalarBackend;
import bitnet.spi.Cancellation;
import bitnet.spi.CompileOptions;
import bitnet.spi.CompiledModel;
import bitnet.spi.KernelBackend;
import bitnet.spi.Progress;
import bitnet.tensor.ElementType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs whole small models on a backend and compares their logits, bit by bit, with those that the scalar backend computes
 * one token and one sequence at a time: for prompts cut in different ways, batches of several sequences, forked and
 * truncated sequences, both types of cache and different numbers of threads.
 */
public final class ModelConformance {
    private final KernelBackend candidate;
    private final int[] threads;

    /**
     * Checks of a backend.
     *
     * @param threads the numbers of threads to ask for; results must not depend on them
     */
    public ModelConformance(KernelBackend candidate, int... threads) {
        this.candidate = candidate;
        this.threads = threads.length == 0 ? new int[] {0} : threads.clone();
    }

    /** The models to check with. */
    public static List<SyntheticModel> models() {
        List<SyntheticModel> models = new ArrayList<>();
        for (ElementType type : ElementType.values()) {
            models.add(SyntheticModel.tied(type));
            models.add(SyntheticModel.untied(type));
        }
        models.add(SyntheticModel.awkward());
        return models;
    }

    /** What to check; every check stands alone. */
    public List<Check> checks() {
        List<Check> checks = new ArrayList<>();
        for (SyntheticModel model : models()) {
            for (KvType kvType : KvType.values()) {
                checks.add(new Check(model + ", cache " + kvType, () -> check(model, kvType, HeadType.EXACT)));
            }
        }
        checks.add(new Check("a model that overflows", this::checkOverflow));
        return checks;
    }

    /** What to check of models with wide activations and ternary tables, by backends that have them. */
    public List<Check> wideChecks() {
        List<Check> checks = new ArrayList<>();
        for (ScaleGranularity granularity : List.of(ScaleGranularity.GROUP_128, ScaleGranularity.GROUP_64)) {
            boolean tied = granularity == ScaleGranularity.GROUP_128;
            SyntheticModel model = SyntheticModel.wide(granularity, tied);
            KvType kvType = tied ? KvType.F16 : KvType.F32;
            checks.add(new Check(model + ", cache " + kvType, () -> check(model, kvType, HeadType.EXACT)));
        }
        return checks;
    }

    /** What to check of embedding models, by backends that have them. */
    public List<Check> embeddingChecks() {
        List<Check> checks = new ArrayList<>();
        for (SyntheticEmbedding model :
                List.of(SyntheticEmbedding.qwen3(), SyntheticEmbedding.gemma3(), SyntheticEmbedding.awkward())) {
            for (KvType kvType : KvType.values()) {
                checks.add(new Check(model + ", cache " + kvType, () -> check(model.transformer(), kvType)));
            }
        }
        return checks;
    }

    /** What to check of models with gated DeltaNet, gates of attention and rotated weights, by backends that have them. */
    public List<Check> hybridChecks() {
        List<Check> checks = new ArrayList<>();
        for (SyntheticHybrid model : SyntheticHybrid.models()) {
            KvType kvType = checks.isEmpty() ? KvType.F32 : KvType.F16;
            checks.add(new Check(
                    model + ", cache " + kvType,
                    () -> check(model.transformer(), new Texts(model.vocabulary()), kvType, HeadType.EXACT)));
        }
        return checks;
    }

    /** What to check of the int8 head, by backends that have it. */
    public List<Check> int8HeadChecks() {
        return models().stream()
                .map(model -> new Check(model + ", int8 head", () -> check(model, KvType.F16, HeadType.INT8)))
                .toList();
    }

    private void check(SyntheticModel synthetic, KvType kvType, HeadType head) {
        check(synthetic.transformer(), new Texts(synthetic.vocabulary()), kvType, head);
    }

    private void check(Transformer embedding, KvType kvType) {
        Texts texts = new Texts(embedding.config().vocabulary(), embedding.outputWidth());
        check(embedding, texts, kvType, HeadType.EXACT);
    }

    private void check(Transformer synthetic, Texts texts, KvType kvType, HeadType head) {
        List<float[]> expected;
        List<MemorySegment> stored;
        try (CompiledModel model = compile(new ScalarBackend(), synthetic, kvType, head, 0, 1)) {
            expected = texts.oneByOne(model);
            stored = texts.store(model);
        }
        for (int count : threads) {
            for (int maxRows : new int[] {1, 2, 7, 64}) {
                try (CompiledModel model = compile(candidate, synthetic, kvType, head, count, maxRows)) {
                    String how = count + " threads, steps of " + maxRows;
                    texts.check(model, expected, how);
                    if (model.storedPageBytes() > 0) {
                        texts.checkStored(model, stored, expected, how);
                    }
                }
            }
        }
    }

    /** Once activations are not finite, no logit is a number. */
    private void checkOverflow() {
        SyntheticModel synthetic = SyntheticModel.tied(ElementType.F16);
        for (int maxRows : new int[] {1, 7, 64}) {
            try (CompiledModel model =
                    compile(candidate, synthetic.overflowing(), KvType.F16, HeadType.EXACT, threads[0], maxRows)) {
                new Texts(synthetic.vocabulary()).checkNotNumbers(model, "steps of " + maxRows);
            }
        }
    }

    private static CompiledModel compile(
            KernelBackend backend, Transformer model, KvType kvType, HeadType head, int threads, int maxRows) {
        CompileOptions options =
                new CompileOptions(256, threads, maxRows, kvType, 0, Progress.NONE, Cancellation.NEVER);
        return backend.compile(model, options.withHead(head));
    }
}
