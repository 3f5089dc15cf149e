package bitnet.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import picocli.AutoComplete;
import picocli.CommandLine;

/** The commands by name. */
final class CommandTree {
    private static final Map<String, Function<Console, Object>> COMMANDS = new LinkedHashMap<>();

    static {
        COMMANDS.put("run", RunCommand::new);
        COMMANDS.put("chat", ChatCommand::new);
        COMMANDS.put("embed", EmbedCommand::new);
        COMMANDS.put("similarity", SimilarityCommand::new);
        COMMANDS.put("serve", ServeCommand::new);
        COMMANDS.put("devices", DevicesCommand::new);
        COMMANDS.put("inspect", InspectCommand::new);
        COMMANDS.put("tokenize", TokenizeCommand::new);
        COMMANDS.put("logits", LogitsCommand::new);
        COMMANDS.put("perplexity", PerplexityCommand::new);
        COMMANDS.put("bench", BenchCommand::new);
        COMMANDS.put("convert", ConvertCommand::new);
        COMMANDS.put("export", ExportCommand::new);
        COMMANDS.put("synth", SynthCommand::new);
    }

    private CommandTree() {}

    /** Runs a command line and returns its exit code. */
    static int execute(Console console, String... args) {
        CommandLine root = new CommandLine(new BitnetCommand(console));
        // picocli reads a command's options by reflection, which takes longer than anything else before the model is
        // loaded. So where the first word names a command, that command is all there is.
        if (args.length > 0 && COMMANDS.containsKey(args[0])) {
            add(root, console, args[0]);
        } else {
            COMMANDS.keySet().forEach(name -> add(root, console, name));
            root.addSubcommand(new CommandLine.HelpCommand());
            CommandLine completion = new CommandLine(new AutoComplete.GenerateCompletion());
            completion.getCommandSpec().usageMessage().hidden(true);
            root.addSubcommand(completion);
        }
        UserText.accept(root);
        Errors errors = new Errors(console);
        root.setOut(new PrintWriter(console.out(), true, StandardCharsets.UTF_8));
        root.setErr(new PrintWriter(console.err(), true, StandardCharsets.UTF_8));
        root.getCommandSpec()
                .usageMessage()
                .exitCodeListHeading("%nExit codes:%n")
                .exitCodeList(ExitCode.table());
        root.setUsageHelpWidth(100);
        root.setUsageHelpLongOptionsMaxWidth(30);
        root.setCaseInsensitiveEnumValuesAllowed(true);
        root.setExecutionExceptionHandler(errors);
        root.setParameterExceptionHandler(errors);
        root.setExecutionStrategy(parsed -> {
            try {
                LogLevel.set(root.<BitnetCommand>getCommand().logLevel, console.environment());
            } catch (UsageException e) {
                throw new CommandLine.ExecutionException(root, e.getMessage(), e);
            }
            return new CommandLine.RunLast().execute(parsed);
        });
        CommandLine command = args.length == 0 ? null : root.getSubcommands().get(args[0]);
        int code = execute(root, console, command == null ? args : UserText.mark(command.getCommandSpec(), args));
        return code == 0 ? handOn(console, errors) : code;
    }

    private static int handOn(Console console, Errors errors) {
        try {
            console.flush();
            return ExitCode.OK.code();
        } catch (OutputClosedException | OutputFailedException e) {
            return errors.report(e);
        }
    }

    private static int execute(CommandLine root, Console console, String... args) {
        try {
            return root.execute(args);
        } catch (OutOfMemoryError e) {
            console.say("out of memory: " + e.getMessage() + "; BITNET_JAVA_OPTS=-Xmx4g gives the JVM more");
            return ExitCode.FAILURE.code();
        }
    }

    private static void add(CommandLine root, Console console, String name) {
        Function<Console, Object> command = COMMANDS.get(name);
        if (command != null) {
            root.addSubcommand(name, command.apply(console));
        }
    }
}
