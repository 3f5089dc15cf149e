package bitnet.cli;

import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Complaints of the library about a value, in terms of the option that the user typed. */
final class OptionNames {
    /** As {@code bitnet.LoadOptions} and {@code bitnet.GenerationOptions} begin them: the property's name. */
    private static final Pattern COMPLAINT = Pattern.compile("(\\w+) (is .*)", Pattern.DOTALL);

    private OptionNames() {}

    /**
     * The complaint as a usage error.
     *
     * @param command whose options were parsed, or null if none were
     */
    static UsageException usage(IllegalArgumentException complaint, @Nullable CommandSpec command) {
        Matcher matcher = COMPLAINT.matcher(String.valueOf(complaint.getMessage()));
        if (!matcher.matches()) {
            return new UsageException(String.valueOf(complaint.getMessage()), complaint);
        }
        return new UsageException(typed(longName(matcher.group(1)), command) + " " + matcher.group(2), complaint);
    }

    private static String longName(String property) {
        return switch (property) {
            case "contextLength" -> "--context";
            case "kvType" -> "--kv";
            default -> "--" + property.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
        };
    }

    /** Options have several names; this is the one that was used. */
    private static String typed(String longName, @Nullable CommandSpec command) {
        if (command == null) {
            return longName;
        }
        OptionSpec option = command.findOption(longName);
        if (option == null || command.commandLine().getParseResult() == null) {
            return longName;
        }
        return command.commandLine().getParseResult().originalArgs().stream()
                .flatMap(argument -> Arrays.stream(option.names()).filter(name -> isNamed(argument, name)))
                .findFirst()
                .orElse(longName);
    }

    private static boolean isNamed(String argument, String name) {
        boolean attached = name.length() == 2 && argument.matches(Pattern.quote(name) + "[0-9].*");
        return argument.equals(name) || argument.startsWith(name + "=") || attached;
    }
}
