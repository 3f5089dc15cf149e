package bitnet.cli;

import bitnet.Completion;
import bitnet.FinishReason;
import bitnet.Generation;
import bitnet.GenerationOptions;
import bitnet.Message;
import bitnet.Model;
import bitnet.Token;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** One answer to one prompt. */
@Command(
        name = "run",
        description = {
            "Answers a message, or continues a text.",
            "The answer goes to standard output, everything else to standard error."
        })
final class RunCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    private final ModelOptions modelOptions = new ModelOptions();

    @Mixin
    private final SamplingOptions sampling = new SamplingOptions();

    @Mixin
    private final ConstraintOptions constraint = new ConstraintOptions();

    @Option(names = "--raw", description = "Continue PROMPT as plain text, without the model's chat format.")
    private boolean raw;

    @Option(names = "--system", paramLabel = "TEXT", description = "How the assistant should behave.")
    private @Nullable String system;

    @Option(
            names = "--logprobs",
            paramLabel = "N",
            description =
                    "Write the log-probability of each token and the N best tokens to standard error, or into the JSON.")
    private int logprobs;

    @Option(names = "--stats", description = "Write the number of tokens and the speed to standard error.")
    private boolean stats;

    @Option(names = "--json", description = "Write one JSON document in place of the text.")
    private boolean json;

    @Option(
            names = "--stream",
            description = "With --json: write a JSON line for each token, and at the end the document without tokens.")
    private boolean stream;

    @Parameters(
            paramLabel = "PROMPT",
            arity = "1..*",
            description = "The message to the model; words are joined by spaces. If it is -, standard input is read.")
    private List<String> prompt = new ArrayList<>();

    RunCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        check();
        String text = Input.text(prompt, console);
        if (text.isEmpty()) {
            throw new UsageException(
                    "the prompt is empty: say something after 'bitnet run', or use - and standard input");
        }
        try (Model model = modelOptions.load(console);
                Generation generation = start(model, text)) {
            console.interruption().onInterrupt(generation::cancel);
            Completion answer = json ? writeJson(model, generation) : writeText(generation);
            if (answer.finishReason() == FinishReason.CANCELLED) {
                console.say("interrupted");
                return ExitCode.INTERRUPTED.code();
            }
            return ExitCode.OK.code();
        }
    }

    private void check() throws IOException {
        if (raw && system != null) {
            throw new UsageException("--system belongs to the chat format, which --raw leaves out: give one of them");
        }
        if (stream && !json) {
            throw new UsageException("--stream needs --json; text streams anyway");
        }
        sampling.check(console.environment());
        GenerationOptions _ = constraint.over(withLogprobs(GenerationOptions.defaults()));
    }

    private Generation start(Model model, String text) throws IOException {
        GenerationOptions options = sampling.over(model.defaultOptions(), console.environment());
        options = constraint.over(withLogprobs(options));
        if (raw) {
            return model.complete(text, options);
        }
        List<Message> messages = new ArrayList<>();
        if (system != null) {
            messages.add(Message.system(system));
        }
        messages.add(Message.user(text));
        return model.generate(messages, options);
    }

    private GenerationOptions withLogprobs(GenerationOptions options) {
        try {
            return options.withLogprobs(logprobs);
        } catch (IllegalArgumentException e) {
            throw OptionNames.usage(e, null);
        }
    }

    private Completion writeText(Generation generation) {
        List<Token> tokens = new ArrayList<>();
        try {
            while (generation.hasNext()) {
                Token token = generation.next();
                if (!token.text().isEmpty()) {
                    console.print(token.text());
                }
                if (logprobs > 0) {
                    tokens.add(token);
                }
            }
        } finally {
            if (!generation.text().isEmpty()) {
                console.println("");
            }
        }
        Completion answer = generation.finish();
        tokens.forEach(token -> console.say(Answers.logprobLine(token)));
        Answers.explainEnd(console, answer, sampling.maxTokens != null);
        if (stats) {
            console.say(Answers.statistics(answer));
        }
        return answer;
    }

    private Completion writeJson(Model model, Generation generation) {
        List<Token> tokens = new ArrayList<>();
        while (generation.hasNext()) {
            Token token = generation.next();
            if (stream) {
                Json.println(console, json -> Answers.write(json, token));
            } else {
                tokens.add(token);
            }
        }
        Completion answer = generation.finish();
        Json.println(console, json -> Answers.write(json, answer, model.info(), stream ? null : tokens));
        return answer;
    }
}
