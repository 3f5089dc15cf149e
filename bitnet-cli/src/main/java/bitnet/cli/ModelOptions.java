package bitnet.cli;

import bitnet.Device;
import bitnet.DevicePolicy;
import bitnet.EmbeddingModel;
import bitnet.HeadType;
import bitnet.KvType;
import bitnet.LoadOptions;
import bitnet.Model;
import bitnet.demo.DemoModel;
import bitnet.model.ModelFile;
import bitnet.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The options that say which model runs, and on what. */
final class ModelOptions {
    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec command;

    @Option(
            names = {"-m", "--model"},
            paramLabel = "FILE|DIR",
            description = "A GGUF file, or a directory with config.json and safetensors. Environment: BITNET_MODEL."
                    + " Default: the built-in demo model.")
    @Nullable
    Path model;

    @Option(
            names = "--tokenizer",
            paramLabel = "FILE",
            description = "Take the vocabulary from this tokenizer.json or GGUF file instead of the model's own.")
    @Nullable
    Path tokenizer;

    @Option(
            names = {"-d", "--device"},
            paramLabel = "D",
            description =
                    "The device: auto (the default), cpu, cuda, apple-gpu or apple-ne; cuda:1 is the second of several GPUs."
                            + " Environment: BITNET_DEVICE."
                            + " If it cannot run the model, the CPU does, and standard error says why.")
    @Nullable
    String device;

    @Option(names = "--strict-device", description = "Fail with every reason if the device cannot run the model.")
    boolean strict;

    @Option(names = "--backend", paramLabel = "ID", description = "Use this backend only; bitnet devices lists them.")
    @Nullable
    String backend;

    @Option(
            names = {"-t", "--threads"},
            paramLabel = "N",
            description =
                    "Worker threads on the CPU (default: one for each physical core). Environment: BITNET_NUM_THREADS.")
    @Nullable
    Integer threads;

    @Option(
            names = {"-c", "--context"},
            paramLabel = "N",
            description = "Tokens that prompt and answer may have together (default: the model's own limit).")
    @Nullable
    Integer context;

    @Option(
            names = "--prefill-chunk",
            paramLabel = "N",
            description = "Prompt tokens that are computed in one step (default: 256, or 512 on an NVIDIA GPU).")
    @Nullable
    Integer prefillChunk;

    @Option(names = "--kv", paramLabel = "TYPE", description = "Store keys and values as f16 (the default) or f32.")
    @Nullable
    KvType kv;

    @Option(
            names = "--head",
            paramLabel = "TYPE",
            description =
                    "The weights of the output head: exact (the default) as in the file, or int8, which takes less memory and"
                            + " gives slightly different scores. A device without the type is passed over.")
    @Nullable
    HeadType head;

    @Mixin
    LayoutOption layout = new LayoutOption();

    /** The model's path, or empty for the demo model. */
    Optional<Path> path(Environment environment) {
        return model != null
                ? Optional.of(model)
                : environment.read(Path::of, "a path", "BITNET_MODEL", "BITNET_GGUF", "BITNET_MODEL_PATH");
    }

    /** Opens the model's files alone. */
    ModelFile open(Console console) {
        return Model.open(path(console.environment()).orElseGet(DemoModel::file), loadOptions(console));
    }

    /** The vocabulary that the model is used with. */
    Tokenizer tokenizer(Console console) {
        try (ModelFile file = tokenizer == null ? open(console) : Model.open(tokenizer)) {
            return Tokenizer.of(file.tokenizer());
        }
    }

    /** Loads the model, and says on standard error what it runs on. */
    Model load(Console console) {
        return load(console, loadOptions(console));
    }

    /** The same for measurements: every text is computed, also one that begins like another. */
    Model loadToMeasure(Console console) {
        LoadOptions options = loadOptions(console);
        return load(console, options.withScheduling(options.scheduling().withPromptCache(0)));
    }

    /** The same without a vocabulary: tokens in, tokens or logits out. */
    Model loadForTokens(Console console) {
        return load(console, loadOptions(console).withTokensOnly(true));
    }

    /**
     * Loads an embedding model.
     *
     * @param tokensOnly whether the vocabulary is not needed
     */
    EmbeddingModel loadEmbedding(Console console, boolean tokensOnly) {
        Path path = path(console.environment())
                .orElseThrow(() -> new UsageException(
                        "no --model given: name an embedding model; the built-in demo model is a language model"));
        LoadOptions options = loadOptions(console).withTokensOnly(tokensOnly);
        EmbeddingModel loaded;
        try (LoadProgress progress = new LoadProgress(console)) {
            loaded = EmbeddingModel.load(path, options.withProgress(progress));
        } catch (IllegalArgumentException e) {
            throw OptionNames.usage(e, command);
        }
        DeviceNotice.say(console, options.device(), loaded.info());
        return loaded;
    }

    private Model load(Console console, LoadOptions options) {
        Model loaded;
        try (LoadProgress progress = new LoadProgress(console)) {
            loaded = open(console, options.withProgress(progress));
        } catch (IllegalArgumentException e) {
            throw OptionNames.usage(e, command);
        }
        DeviceNotice.say(console, options.device(), loaded.info());
        return loaded;
    }

    private Model open(Console console, LoadOptions options) {
        Optional<Path> path = path(console.environment());
        if (path.isEmpty()) {
            console.say("no --model given: using the built-in demo model");
        }
        return Model.load(path.orElseGet(DemoModel::file), options);
    }

    /** @throws UsageException if a value is out of its range */
    LoadOptions loadOptions(Console console) {
        Environment environment = console.environment();
        LoadOptions options = LoadOptions.defaults()
                .withDevice(devicePolicy(deviceName(environment)))
                .withDeviceIndex(deviceIndex(deviceName(environment)))
                .withBackend(backend)
                .withTokenizer(tokenizer)
                .withI2sLayout(layout.i2s)
                .withCancellation(console.interruption());
        Integer count = threads != null
                ? threads
                : environment
                        .integer("BITNET_NUM_THREADS", "BITNET_CPU_THREADS")
                        .orElse(null);
        try {
            options = count == null ? options : options.withThreads(count);
            options = context == null ? options : options.withContextLength(context);
            options = prefillChunk == null ? options : options.withPrefillChunk(prefillChunk);
        } catch (IllegalArgumentException e) {
            throw OptionNames.usage(e, command);
        }
        options = head == null ? options : options.withHead(head);
        return kv == null ? options : options.withKvType(kv);
    }

    private String deviceName(Environment environment) {
        return (device != null ? device : environment.text("BITNET_DEVICE").orElse("auto")).strip();
    }

    private DevicePolicy devicePolicy(String name) {
        if (name.equalsIgnoreCase("auto")) {
            return DevicePolicy.auto();
        }
        int colon = name.indexOf(':');
        Device wanted = Device.parse(colon < 0 ? name : name.substring(0, colon))
                .orElseThrow(() -> new UsageException("unknown device '" + name + "': use auto, "
                        + Arrays.stream(Device.values()).map(Device::label).collect(Collectors.joining(", "))));
        return strict ? DevicePolicy.require(wanted) : DevicePolicy.prefer(wanted);
    }

    /** The number behind a colon, as in {@code cuda:1}. */
    private static int deviceIndex(String name) {
        int colon = name.indexOf(':');
        if (colon < 0) {
            return 0;
        }
        String index = name.substring(colon + 1);
        if (!index.matches("[0-9]{1,3}")) {
            throw new UsageException("unknown device '" + name + "': behind the colon stands a number, as in cuda:1");
        }
        return Integer.parseInt(index);
    }
}
