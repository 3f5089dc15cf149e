package bitnet.template;

import bitnet.tokenizer.PromptText;
import java.time.LocalDateTime;
import java.time.format.TextStyle;
import java.util.Locale;

/** {@code datetime.strftime} in English, without a time zone. */
final class Strftime {
    private Strftime() {}

    /** What the clock says is somebody's text; the rest is as the format has it. */
    static PromptText format(PromptText format, LocalDateTime time, Budget budget) {
        String text = format.text();
        var result = new PromptText.Builder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            budget.append(1);
            if (c != '%' || i + 1 == text.length()) {
                result.append(format, i, i + 1);
                continue;
            }
            char directive = text.charAt(++i);
            boolean unpadded = directive == '-' && i + 1 < text.length();
            if (unpadded) {
                directive = text.charAt(++i);
            }
            budget.work(500);
            budget.append(32);
            String value = value(directive, time);
            result.append(unpadded ? value.replaceFirst("^[0 ](?=.)", "") : value, false);
        }
        return result.build();
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
            case 'F' -> value('Y', time) + "-" + value('m', time) + "-" + value('d', time);
            case 'T' -> value('R', time) + ":" + value('S', time);
            case 'D' -> value('m', time) + "/" + value('d', time) + "/" + value('y', time);
            case 'R' -> value('H', time) + ":" + value('M', time);
            case 'Z', 'z' -> "";
            case '%' -> "%";
            default -> throw new TemplateError("strftime_now does not know '%" + directive + "'");
        };
    }

    private static String two(int value) {
        return (value < 10 ? "0" : "") + value;
    }
}
