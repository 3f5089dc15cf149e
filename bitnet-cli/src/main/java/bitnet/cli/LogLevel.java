package bitnet.cli;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How much is logged. Has to be settled before the first logger is made. */
final class LogLevel {
    private static final String PROPERTY = "org.slf4j.simpleLogger.defaultLogLevel";
    private static final String VARIABLE = "BITNET_LOG_LEVEL";
    private static final List<String> LEVELS = List.of("trace", "debug", "info", "warn", "error", "off");

    private LogLevel() {}

    /** Sets the level that the option, or else the environment, asks for. */
    static void set(@Nullable String option, Environment environment) {
        System.setProperty(PROPERTY, of(option, environment));
        System.setProperty("org.slf4j.simpleLogger.showThreadName", "false");
        System.setProperty("org.slf4j.simpleLogger.showShortLogName", "true");
    }

    /** Whether failures should show their stack traces. */
    static boolean debug() {
        String level = System.getProperty(PROPERTY, "warn");
        return level.equals("debug") || level.equals("trace");
    }

    private static String of(@Nullable String option, Environment environment) {
        if (option != null) {
            return parse(option, "--log-level");
        }
        return environment.text(VARIABLE).map(text -> parse(text, VARIABLE)).orElse("warn");
    }

    private static String parse(String text, String source) {
        String level = text.toLowerCase(Locale.ROOT);
        if (!LEVELS.contains(level)) {
            throw new UsageException(source + " is '" + text + "', not one of " + String.join(", ", LEVELS));
        }
        return level;
    }
}
