package bitnet.constraint;

import org.jspecify.annotations.Nullable;

/** Formats of strings (JSON Schema validation, section 7.3) as regular expressions of texts that are valid by them. */
final class Formats {
    private static final String DATE = "\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])"
            + "|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|1\\d|2[0-8]))";
    private static final String TIME =
            "(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,6})?(?:Z|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)";
    private static final String BYTE = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";

    private Formats() {}

    /** The pattern of a format; null for one that is not known, which then restricts nothing. */
    static @Nullable String pattern(@Nullable String format) {
        return switch (format) {
            case "date" -> "^" + DATE + "$";
            case "time" -> "^" + TIME + "$";
            case "date-time" -> "^" + DATE + "T" + TIME + "$";
            case "duration" -> "^P(?:\\d{1,4}W|\\d{1,4}D(?:T\\d{1,4}[HMS])?|T\\d{1,4}[HMS])$";
            case "uuid" -> "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$";
            case "ipv4" -> "^" + BYTE + "(?:\\." + BYTE + "){3}$";
            case "email" ->
                "^[A-Za-z0-9_+-]{1,30}(?:\\.[A-Za-z0-9_+-]{1,30})?@[a-z][a-z0-9]{0,19}(?:\\.[a-z]{2,20}){1,2}$";
            case null, default -> null;
        };
    }
}
