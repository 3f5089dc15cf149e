package bitnet.template;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.ChatTemplateException;
import bitnet.Watchdog;
import bitnet.tokenizer.PromptText;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Random templates: they fail as declared or render, in bounded time, and no user's letter becomes a template's. */
@Timeout(300)
class RandomTemplateTest {
    private static final int CASES = 30_000;
    private static final Watchdog WATCHDOG = new Watchdog(Duration.ofSeconds(10), 128 << 20);

    @Test
    void theyAreBoundedAndKeepOrigins() {
        var random = new SplittableRandom(20_261_130);
        var templates = new RandomTemplates(random);
        int rendered = 0;
        int mixed = 0;
        for (int i = 0; i < CASES; i++) {
            String source = templates.next();
            Map<String, Object> variables = variables(random);
            var prompt = new AtomicReference<PromptText>();
            try {
                WATCHDOG.run(
                        () -> source,
                        () -> prompt.set(ChatTemplate.parse(source).prompt(variables)));
                rendered++;
                mixed += requireOrigins(prompt.get(), source) ? 1 : 0;
            } catch (ChatTemplateException e) {
                assertThat(e).hasMessageMatching("(?s)line \\d+, column \\d+: .+");
            } catch (Throwable e) {
                throw new AssertionError("case " + i + ": " + source, e);
            }
        }
        assertThat(rendered).isBetween(CASES / 10, CASES - CASES / 10);
        assertThat(mixed).isGreaterThan(CASES / 100);
    }

    private static Map<String, Object> variables(SplittableRandom random) {
        return Map.of(
                "messages",
                List.of(
                        Map.of("role", "user", "content", greek(random)),
                        Map.of("role", "assistant", "content", greek(random), "tool_calls", List.of(greek(random)))),
                "tools",
                List.of(Map.of("name", greek(random), "parameters", Map.of("type", "object", greek(random), 1.5))),
                "x",
                greek(random),
                "n",
                random.nextInt(10),
                "flag",
                random.nextBoolean(),
                "bos_token",
                PromptText.template("<s>"));
    }

    private static final String[] PIECES = {
        "α", "Σ", "Σ'", "ΐ", "ᾳ", "Ω", "λόγος ", "<|ω|>", "a", " ", "\n", "\"", "\\", "1", "𐅀", "{\"α\":[1,\"β\"]}"
    };

    private static String greek(SplittableRandom random) {
        var text = new StringBuilder();
        for (int n = random.nextInt(6); n > 0; n--) {
            text.append(PIECES[random.nextInt(PIECES.length)]);
        }
        return text.toString();
    }

    /** Greek letters come from users alone. Whether there is text of both. */
    private static boolean requireOrigins(PromptText prompt, String source) {
        String text = prompt.text();
        boolean user = false;
        boolean template = false;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            int next = i + Character.charCount(c);
            boolean own = prompt.isTemplate(i, next);
            if (own && Character.UnicodeScript.of(c) == Character.UnicodeScript.GREEK) {
                throw new AssertionError("at " + i + " of " + text + " by " + source);
            }
            template |= own;
            user |= !own;
            i = next;
        }
        return user && template;
    }
}
