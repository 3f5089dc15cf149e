package bitnet.cli;

import bitnet.Completion;
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
                    + " prefill the time of the int8 products. Where a floor is passed, the report says how that can be."
        })
final class BenchCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    private final ModelOptions modelOptions = new ModelOptions();

    @Option(names = "-p", paramLabel = "N", description = "Tokens of the prompt; ${DEFAULT-VALUE} if not said.")
    private int prompt = 512;

    @Option(names = "-n", paramLabel = "N", description = "Tokens to generate; ${DEFAULT-VALUE} if not said.")
    private int generate = 128;

    @Option(names = "-r", paramLabel = "N", description = "Runs; ${DEFAULT-VALUE} if not said.")
    private int runs = 3;

    @Option(names = "--json", description = "Write a JSON document.")
    private boolean json;

    BenchCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (prompt < 1 || generate < 2 || runs < 1) {
            throw new UsageException("-p and -r are at least 1, -n is at least 2");
        }
        LoadOptions options = modelOptions.loadOptions(console);
        Workload work = workload(options);
        long start = System.nanoTime();
        try (Model model = modelOptions.load(console)) {
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

    private Workload workload(LoadOptions options) {
        try (ModelFile file = modelOptions.open(console)) {
            return Workload.of(file.transformer(), options.kvType(), options.head());
        }
    }

    private Completion median(Model model, int promptTokens, int tokens, Comparator<Completion> order) {
        GenerationOptions options =
                GenerationOptions.greedy().withMaxTokens(tokens).withIgnoreEndOfGeneration(true);
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
