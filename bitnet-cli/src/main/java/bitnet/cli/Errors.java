package bitnet.cli;

import bitnet.BackendFailureException;
import bitnet.BitNetException;
import bitnet.BusyException;
import bitnet.CapacityException;
import bitnet.ChatTemplateException;
import bitnet.ContextOverflowException;
import bitnet.DeviceUnavailableException;
import bitnet.InvalidConstraintException;
import bitnet.ModelFormatException;
import bitnet.ModelUnsupportedException;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Failures as a user sees them: a sentence on standard error and an exit code. */
final class Errors implements IExecutionExceptionHandler, IParameterExceptionHandler {
    private static final int MAXIMUM_MESSAGE = 500;
    private final Console console;

    Errors(Console console) {
        this.console = console;
    }

    @Override
    public int handleParseException(ParameterException e, String[] args) {
        CommandLine command = e.getCommandLine();
        String name = command.getCommandSpec().qualifiedName();
        console.say(UserText.unmarked(String.valueOf(e.getMessage())));
        if (e instanceof UnmatchedArgumentException unmatched) {
            List<String> suggestions = unmatched.getSuggestions();
            if (!suggestions.isEmpty()) {
                console.say("did you mean " + String.join(" or ", suggestions) + "?");
            }
        }
        if (mayBeText(command, args)) {
            console.say("a text that begins with a dash goes behind --, after all options");
        }
        console.say("'" + name + " --help' lists what there is");
        return ExitCode.USAGE.code();
    }

    /** Whether there is an argument that begins like an option and is not the name of one. */
    private static boolean mayBeText(CommandLine command, String[] args) {
        Set<String> names = command.getCommandSpec().optionsMap().keySet();
        return Stream.of(args)
                .takeWhile(arg -> !arg.equals("--"))
                .anyMatch(arg -> arg.matches("(?s)--?\\p{L}.*") && !names.contains(arg.split("=", 2)[0]));
    }

    @Override
    public int handleExecutionException(Exception e, CommandLine command, ParseResult parsed) {
        return report(e);
    }

    /** Says what went wrong and answers the exit code. */
    int report(Exception e) {
        ExitCode code = code(e);
        if (code != ExitCode.OUTPUT_CLOSED) {
            console.say(sentence(e));
        }
        if (LogLevel.debug()) {
            e.printStackTrace(console.err());
        }
        return code.code();
    }

    private static ExitCode code(Exception e) {
        return switch (e) {
            case BitNetException known -> code(known);
            case UsageException _ -> ExitCode.USAGE;
            case CancellationException _ -> ExitCode.INTERRUPTED;
            case OutputClosedException _ -> ExitCode.OUTPUT_CLOSED;
            default -> ExitCode.FAILURE;
        };
    }

    private static ExitCode code(BitNetException e) {
        return switch (e) {
            case ModelFormatException _ -> ExitCode.MODEL_FORMAT;
            case ModelUnsupportedException _ -> ExitCode.MODEL_UNSUPPORTED;
            case DeviceUnavailableException _ -> ExitCode.DEVICE_UNAVAILABLE;
            case ContextOverflowException _ -> ExitCode.CONTEXT_OVERFLOW;
            case BackendFailureException _ -> ExitCode.BACKEND_FAILURE;
            case ChatTemplateException _ -> ExitCode.CHAT_TEMPLATE;
            case InvalidConstraintException _ -> ExitCode.USAGE;
            case CapacityException _ -> ExitCode.CAPACITY;
            case BusyException _ -> ExitCode.BUSY;
        };
    }

    static String sentence(Exception e) {
        String message = e.getMessage() == null ? "" : e.getMessage();
        return switch (e) {
            case CancellationException _ -> "interrupted";
            case ContextOverflowException _ -> message + ": shorten the prompt, or give the model more with --context";
            case BitNetException _, UsageException _, OutputFailedException _ -> message;
            case IOException _ -> e.getClass().getSimpleName() + ": " + message;
            default -> "failed: " + shortened(e.toString()) + " (BITNET_LOG_LEVEL=debug shows where)";
        };
    }

    /** Messages of code that does not know that a person will read them can be of any length. */
    private static String shortened(String text) {
        return text.length() <= MAXIMUM_MESSAGE ? text : text.substring(0, MAXIMUM_MESSAGE) + " ...";
    }
}
