package bitnet.cli;

import bitnet.Completion;
import bitnet.EmbeddingModel;
import bitnet.Generation;
import bitnet.GenerationOptions;
import bitnet.LoadOptions;
import bitnet.Model;
import bitnet.cpu.MachineLimits;
import bitnet.model.ModelFile;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How fast a model is here, and how fast it could be. */
@Command(
        name = "bench",
        description = {
            "Measures load time, prefill, decode, first-token latency and peak memory, and beside them the machine's own"
                    + " limits: memory reads and int8 products.",
            "",
            "Prefill is a prompt of -p random tokens. Decode is -n tokens after a prompt of one. Figures are medians of"
                    + " -r runs after one that is not counted.",
            "",
            "A floor is what one limit of the machine alone would allow: for decode the time to read weights, head, keys and"
                    + " values, once with the head as it is stored and once with the int8 screen that finds its best rows, or with the int8 head; for"
                    + " prefill the time of the int8 products. Where a floor is passed, the report says how that can be.",
            "",
            "With --sequences many generate at once: tokens in a second of prompts and decoding, apart and together, tokens in"
                    + " a step, the time to the first token, and the gap of one who decodes beside a long prompt."
        })
final class BenchCommand implements Callable<Integer> {
    private static final int MOST_SEQUENCES = 1024;
    private static final int LONG_PROMPT = 768;

    private final Console console;

    @Mixin
    private final ModelOptions modelOptions = new ModelOptions();

    @Option(names = "-p", paramLabel = "N", description = "Tokens of the prompt (default: 512, with --sequences 32).")
    private @Nullable Integer promptTokens;

    @Option(names = "-n", paramLabel = "N", description = "Tokens to generate (default: 128, with --sequences 48).")
    private @Nullable Integer generatedTokens;

    @Option(
            names = "--sequences",
            paramLabel = "N",
            split = ",",
            description = "Measure so many generations at once, one after another, such as 1,2,4,8,16,32.")
    private List<Integer> sequences = List.of();

    @Option(
            names = "--embed",
            description = "Measure an embedding model: texts of 32, 128 and 512 tokens, and one text alone.")
    private boolean embeds;

    @Option(names = "-r", paramLabel = "N", description = "Number of runs (default: ${DEFAULT-VALUE}).")
    private int runs = 3;

    @Option(names = "--json", description = "Write a JSON document.")
    private boolean json;

    BenchCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (embeds) {
            return embed();
        }
        boolean many = !sequences.isEmpty();
        int prompt = promptTokens != null ? promptTokens : many ? 32 : 512;
        int generate = generatedTokens != null ? generatedTokens : many ? 48 : 128;
        if (prompt < 1 || generate < 2 || runs < 1) {
            throw new UsageException("-p and -r are at least 1, -n is at least 2");
        }
        if (many) {
            return many(prompt, generate);
        }
        LoadOptions options = modelOptions.loadOptions(console);
        Workload work = workload(options);
        long start = System.nanoTime();
        try (Model model = modelOptions.loadToMeasure(console)) {
            Duration load = Duration.ofNanos(System.nanoTime() - start);
            int capacity = model.info().contextLength();
            if (Math.max(prompt, generate) + 1 > capacity) {
                throw new UsageException("the context holds " + capacity + " tokens: use smaller -p and -n");
            }
            Completion prefill = median(
                    model, prompt, 2, Comparator.comparing(c -> c.timings().prefill()));
            Completion decode = median(
                    model, 1, generate, Comparator.comparing(c -> c.timings().decode()));
            var peak = PeakMemory.bytes();
            console.say("measuring the machine's limits");
            int threads = options.threads() > 0 ? options.threads() : MachineLimits.physicalCores();
            var report = new BenchReport(
                    model.info(),
                    prompt,
                    generate,
                    load,
                    prefill.timings(),
                    decode.timings(),
                    peak,
                    work,
                    threads,
                    MachineLimits.readBytes(threads),
                    MachineLimits.int8Products(threads));
            if (json) {
                Json.println(console, report::write);
            } else {
                console.print(report.text());
            }
        }
        return ExitCode.OK.code();
    }

    private int embed() {
        if (promptTokens != null || generatedTokens != null || !sequences.isEmpty() || runs < 1) {
            throw new UsageException("--embed goes with -r, of at least 1, and not with -p, -n and --sequences");
        }
        LoadOptions options = modelOptions.loadOptions(console);
        Workload work = workload(options);
        try (EmbeddingModel model = modelOptions.loadEmbedding(console, true)) {
            EmbeddingBench bench = EmbeddingBench.measure(model, runs, console.interruption());
            console.say("measuring the machine's limits");
            int threads = options.threads() > 0 ? options.threads() : MachineLimits.physicalCores();
            var report = new EmbeddingReport(
                    model.info(),
                    bench,
                    work,
                    threads,
                    MachineLimits.readBytes(threads),
                    MachineLimits.int8Products(threads));
            if (json) {
                Json.println(console, report::write);
            } else {
                console.print(report.text());
            }
        }
        return ExitCode.OK.code();
    }

    private int many(int prompt, int generate) throws InterruptedException {
        if (sequences.stream().anyMatch(count -> count < 1 || count > MOST_SEQUENCES)) {
            throw new UsageException("--sequences are from 1 to " + MOST_SEQUENCES);
        }
        try (Model model = modelOptions.loadToMeasure(console)) {
            int capacity = model.info().contextLength();
            if (prompt + generate > capacity) {
                throw new UsageException("the context holds " + capacity + " tokens: use smaller -p and -n");
            }
            var bench = new ManySequences(model, prompt, generate);
            bench.measure(1); // not counted
            List<ManySequences.Rates> rates = new ArrayList<>();
            for (int count : sequences) {
                List<ManySequences.Rates> all = new ArrayList<>();
                for (int run = 0; run < runs; run++) {
                    console.interruption().check();
                    all.add(bench.measure(count));
                }
                all.sort(Comparator.comparingDouble(ManySequences.Rates::together));
                rates.add(all.get(all.size() / 2));
            }
            int longPrompt = Math.min(LONG_PROMPT, capacity / 2 - 64);
            var report = new ManyReport(
                    model.info(),
                    prompt,
                    generate,
                    rates,
                    longPrompt < prompt ? null : DecoderGap.measure(model, longPrompt));
            if (json) {
                Json.println(console, report::write);
            } else {
                console.print(report.text());
            }
        }
        return ExitCode.OK.code();
    }

    private Workload workload(LoadOptions options) {
        try (ModelFile file = modelOptions.open(console)) {
            return Workload.of(file.transformer(), options.kvType(), options.head());
        }
    }

    private Completion median(Model model, int promptTokens, int tokens, Comparator<Completion> order) {
        GenerationOptions options = GenerationOptions.greedy()
                .withMaxTokens(tokens)
                .withIgnoreEndOfGeneration(true)
                .withSpeculation(false);
        List<Completion> all = new ArrayList<>();
        for (int run = 0; run <= runs; run++) {
            console.interruption().check();
            int[] ids = new SplittableRandom(run)
                    .ints(promptTokens, 0, model.info().vocabulary())
                    .toArray();
            try (Generation generation = model.complete(ids, options)) {
                Completion completion = generation.finish();
                if (run > 0) {
                    all.add(completion);
                }
            }
        }
        all.sort(order);
        return all.get(all.size() / 2);
    }
}
