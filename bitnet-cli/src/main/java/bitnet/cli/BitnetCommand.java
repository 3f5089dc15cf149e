package bitnet.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command without a subcommand: says what there is. */
@Command(
        name = "bitnet",
        description = "Runs ternary language models, such as BitNet b1.58 and Bonsai.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        synopsisSubcommandLabel = "COMMAND",
        scope = ScopeType.INHERIT,
        footerHeading = "%nEnvironment (an option has precedence over its variable):%n",
        footer = {
            "  BITNET_MODEL        as --model (also BITNET_GGUF, BITNET_MODEL_PATH)",
            "  BITNET_DEVICE       as --device",
            "  BITNET_NUM_THREADS  as --threads (also BITNET_CPU_THREADS)",
            "  BITNET_SEED         as --seed",
            "  BITNET_LOG_LEVEL    as --log-level",
            "  BITNET_API_KEY      as serve's --api-key",
            "",
            "bitnet help COMMAND explains a command."
        })
final class BitnetCommand implements Callable<Integer> {
    private final Console console;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--log-level",
            paramLabel = "LEVEL",
            scope = ScopeType.INHERIT,
            description = "Log at trace, debug, info, warn or error to standard error (default: warn)."
                    + " With debug, failures have a stack trace.")
    @Nullable
    String logLevel;

    @SuppressWarnings("NullAway.Init") // picocli fills in the annotated fields
    BitnetCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        spec.commandLine().usage(console.err());
        return ExitCode.USAGE.code();
    }
}
