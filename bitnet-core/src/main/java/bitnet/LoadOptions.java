package bitnet;

import bitnet.spi.Cancellation;
import bitnet.spi.Progress;
import bitnet.tensor.I2sLayout;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How to load a model. Start from {@link #defaults()} and change with the {@code with} methods; the canonical constructor
 * grows with new options and is not stable.
 *
 * @param device which devices may serve
 * @param deviceIndex index of the device among those of its family, from 0
 * @param backend id of the only backend allowed, such as {@code scalar}, or null for any that the policy allows
 * @param contextLength tokens that a sequence may hold; 0 for the model's own, at most {@value #MAX_DEFAULT_CONTEXT}.
 *     Memory is taken as a sequence grows, not at once
 * @param threads worker threads of a CPU backend, for this model; 0 lets the backend choose
 * @param kvType how keys and values are stored; part of the numerics
 * @param head how the scores of the next token are computed; part of the numerics. Devices that lack the type are passed
 *     over
 * @param prefillChunk prompt tokens computed in one step; between two of them a generation can be cancelled, and others
 *     take their turns. 0 lets the backend choose: 256, or 512 on an NVIDIA GPU
 * @param i2sLayout the layout of the I2_S tensors of a GGUF file, which the file does not say
 * @param tokenizer a Hugging Face directory or a GGUF file whose vocabulary to use in place of the model's own, or null
 * @param tokensOnly does not read the vocabulary, for models that have none: prompts and answers are tokens without text. Then
 *     {@link Model#complete(int[], GenerationOptions)} and {@link Model#evaluate} work, and methods that take or return text do not
 * @param failover whether a model whose backend fails while it computes moves to the next backend that the policy allows,
 *     where sessions are computed again from their tokens and go on. The answer is the same, since backends give the same
 *     bits (all but that of the Neural Engine), but slower. Otherwise the failure is thrown and the model is unusable
 * @param scheduling how the model's generations share it
 * @param progress receives the progress of loading; called from any thread
 * @param cancellation asked from time to time whether to give up loading
 */
public record LoadOptions(
        DevicePolicy device,
        int deviceIndex,
        @Nullable String backend,
        int contextLength,
        int threads,
        KvType kvType,
        HeadType head,
        int prefillChunk,
        I2sLayout i2sLayout,
        @Nullable Path tokenizer,
        boolean tokensOnly,
        boolean failover,
        Scheduling scheduling,
        Progress progress,
        Cancellation cancellation) {
    /** The most tokens of context that a model gets without being asked for more. */
    public static final int MAX_DEFAULT_CONTEXT = 32_768;

    /** @throws IllegalArgumentException if a value is out of its range */
    public LoadOptions {
        Objects.requireNonNull(device, "device");
        Objects.requireNonNull(kvType, "kvType");
        Objects.requireNonNull(head, "head");
        Objects.requireNonNull(i2sLayout, "i2sLayout");
        Objects.requireNonNull(scheduling, "scheduling");
        Objects.requireNonNull(progress, "progress");
        Objects.requireNonNull(cancellation, "cancellation");
        require(deviceIndex >= 0, "deviceIndex", deviceIndex, "at least 0");
        require(contextLength >= 0, "contextLength", contextLength, "at least 0");
        require(threads >= 0 && threads <= 4096, "threads", threads, "from 0 to 4096");
        require(prefillChunk >= 0 && prefillChunk <= 8192, "prefillChunk", prefillChunk, "from 0 to 8192");
    }

    /** {@link DevicePolicy#auto()}, the model's context, the backend's choice of threads and chunks, F16 cache, exact head. */
    public static LoadOptions defaults() {
        return new LoadOptions(
                DevicePolicy.auto(),
                0,
                null,
                0,
                0,
                KvType.F16,
                HeadType.EXACT,
                0,
                I2sLayout.X86,
                null,
                false,
                false,
                Scheduling.defaults(),
                Progress.NONE,
                Cancellation.NEVER);
    }

    /** These options with another {@link #device()} policy. */
    public LoadOptions withDevice(DevicePolicy policy) {
        return with(draft -> draft.device = policy);
    }

    /** These options with another {@link #deviceIndex()}. */
    public LoadOptions withDeviceIndex(int index) {
        return with(draft -> draft.deviceIndex = index);
    }

    /** These options with another {@link #backend()}. */
    public LoadOptions withBackend(@Nullable String id) {
        return with(draft -> draft.backend = id);
    }

    /** These options with another {@link #contextLength()}. */
    public LoadOptions withContextLength(int tokens) {
        return with(draft -> draft.contextLength = tokens);
    }

    /** These options with another number of {@link #threads()}. */
    public LoadOptions withThreads(int count) {
        return with(draft -> draft.threads = count);
    }

    /** These options with another {@link #kvType()}. */
    public LoadOptions withKvType(KvType type) {
        return with(draft -> draft.kvType = type);
    }

    /** These options with another {@link #head()}. */
    public LoadOptions withHead(HeadType type) {
        return with(draft -> draft.head = type);
    }

    /** These options with another {@link #prefillChunk()}. */
    public LoadOptions withPrefillChunk(int tokens) {
        return with(draft -> draft.prefillChunk = tokens);
    }

    /** These options with another {@link #i2sLayout()}. */
    public LoadOptions withI2sLayout(I2sLayout layout) {
        return with(draft -> draft.i2sLayout = layout);
    }

    /** These options with another {@link #tokenizer()}. */
    public LoadOptions withTokenizer(@Nullable Path path) {
        return with(draft -> draft.tokenizer = path);
    }

    /** These options with another {@link #tokensOnly()}. */
    public LoadOptions withTokensOnly(boolean only) {
        return with(draft -> draft.tokensOnly = only);
    }

    /** These options with another {@link #failover()}. */
    public LoadOptions withFailover(boolean move) {
        return with(draft -> draft.failover = move);
    }

    /** These options with another {@link #scheduling()}. */
    public LoadOptions withScheduling(Scheduling limits) {
        return with(draft -> draft.scheduling = limits);
    }

    /** These options with another {@link #progress()} listener. */
    public LoadOptions withProgress(Progress listener) {
        return with(draft -> draft.progress = listener);
    }

    /** These options with another {@link #cancellation()}. */
    public LoadOptions withCancellation(Cancellation check) {
        return with(draft -> draft.cancellation = check);
    }

    private static void require(boolean condition, String option, Object value, String range) {
        if (!condition) {
            throw new IllegalArgumentException(option + " is " + value + ", not " + range);
        }
    }

    private LoadOptions with(Consumer<Draft> change) {
        var draft = new Draft(this);
        change.accept(draft);
        return draft.finish();
    }

    /** The options while they change. */
    private static final class Draft {
        private DevicePolicy device;
        private int deviceIndex;
        private @Nullable String backend;
        private int contextLength;
        private int threads;
        private KvType kvType;
        private HeadType head;
        private int prefillChunk;
        private I2sLayout i2sLayout;
        private @Nullable Path tokenizer;
        private boolean tokensOnly;
        private boolean failover;
        private Scheduling scheduling;
        private Progress progress;
        private Cancellation cancellation;

        Draft(LoadOptions options) {
            device = options.device;
            deviceIndex = options.deviceIndex;
            backend = options.backend;
            contextLength = options.contextLength;
            threads = options.threads;
            kvType = options.kvType;
            head = options.head;
            prefillChunk = options.prefillChunk;
            i2sLayout = options.i2sLayout;
            tokenizer = options.tokenizer;
            tokensOnly = options.tokensOnly;
            failover = options.failover;
            scheduling = options.scheduling;
            progress = options.progress;
            cancellation = options.cancellation;
        }

        LoadOptions finish() {
            return new LoadOptions(
                    device,
                    deviceIndex,
                    backend,
                    contextLength,
                    threads,
                    kvType,
                    head,
                    prefillChunk,
                    i2sLayout,
                    tokenizer,
                    tokensOnly,
                    failover,
                    scheduling,
                    progress,
                    cancellation);
        }
    }
}
