package bitnet.template;

import java.time.LocalDateTime;
import java.time.format.TextStyle;
import java.util.Locale;

/** {@code datetime.strftime} in English, without a time zone. */
final class Strftime {
    private Strftime() {}

    static String format(String format, LocalDateTime time) {
        var text = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%' || i + 1 == format.length()) {
                text.append(c);
                continue;
            }
            char directive = format.charAt(++i);
            boolean unpadded = directive == '-' && i + 1 < format.length();
            if (unpadded) {
                directive = format.charAt(++i);
            }
            String value = value(directive, time);
            text.append(unpadded ? value.replaceFirst("^[0 ](?=.)", "") : value);
        }
        return text.toString();
    }

    private static String value(char directive, LocalDateTime time) {
        return switch (directive) {
            case 'Y' -> String.valueOf(time.getYear());
            case 'y' -> two(time.getYear() % 100);
            case 'm' -> two(time.getMonthValue());
            case 'B' -> time.getMonth().getDisplayName(TextStyle.FULL, Locale.US);
            case 'b', 'h' -> time.getMonth().getDisplayName(TextStyle.SHORT, Locale.US);
            case 'd' -> two(time.getDayOfMonth());
            case 'e' -> String.format(Locale.ROOT, "%2d", time.getDayOfMonth());
            case 'j' -> String.format(Locale.ROOT, "%03d", time.getDayOfYear());
            case 'A' -> time.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.US);
            case 'a' -> time.getDayOfWeek().getDisplayName(TextStyle.SHORT, Locale.US);
            case 'u' -> String.valueOf(time.getDayOfWeek().getValue());
            case 'w' -> String.valueOf(time.getDayOfWeek().getValue() % 7);
            case 'H' -> two(time.getHour());
            case 'I' -> two((time.getHour() + 11) % 12 + 1);
            case 'M' -> two(time.getMinute());
            case 'S' -> two(time.getSecond());
            case 'f' -> String.format(Locale.ROOT, "%06d", time.getNano() / 1000);
            case 'p' -> time.getHour() < 12 ? "AM" : "PM";
            case 'F' -> format("%Y-%m-%d", time);
            case 'T' -> format("%H:%M:%S", time);
            case 'D' -> format("%m/%d/%y", time);
            case 'R' -> format("%H:%M", time);
            case 'Z', 'z' -> "";
            case '%' -> "%";
            default -> throw new TemplateError("strftime_now does not know '%" + directive + "'");
        };
    }

    private static String two(int value) {
        return (value < 10 ? "0" : "") + value;
    }
}
