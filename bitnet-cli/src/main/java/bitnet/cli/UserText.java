package bitnet.cli;

import java.nio.file.Path;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Arguments that are text although they begin with a dash, such as {@code "-5 + 3 = ?"}. picocli takes each argument with a
 * dash for an option, so these are marked before it parses them, and the mark is taken away again from what it parsed.
 */
final class UserText {
    /** No argument of a process has this character. */
    private static final String MARK = "\0";

    /** What might be an option with a mistake in its name; {@code --} before it says that it is text. */
    private static final Pattern NAME = Pattern.compile("--?[A-Za-z][\\w.-]*(=.*)?", Pattern.DOTALL);

    /** A path that stands right behind a short option. */
    private static final Pattern SHORT_WITH_PATH = Pattern.compile("-[A-Za-z][/.~].*", Pattern.DOTALL);

    private UserText() {}

    /** Makes a command line read marked arguments. */
    static void accept(CommandLine root) {
        root.setExpandAtFiles(false);
        root.registerConverter(String.class, UserText::unmarked);
        root.registerConverter(Path.class, argument -> Path.of(unmarked(argument)));
    }

    /** The arguments of a command, those marked that are text. */
    static String[] mark(CommandSpec command, String... arguments) {
        String[] marked = arguments.clone();
        for (int i = 0; i < marked.length && !marked[i].equals("--"); i++) {
            OptionSpec option = command.optionsMap().get(marked[i]);
            if (option != null) {
                i += option.arity().min(); // its values are its own, whatever they begin with
            } else if (isText(marked[i])) {
                marked[i] = MARK + marked[i];
            }
        }
        return marked;
    }

    static String unmarked(String argument) {
        return argument.replace(MARK, "");
    }

    private static boolean isText(String argument) {
        return argument.length() > 1
                && argument.startsWith("-")
                && !NAME.matcher(argument).matches()
                && !SHORT_WITH_PATH.matcher(argument).matches();
    }
}
