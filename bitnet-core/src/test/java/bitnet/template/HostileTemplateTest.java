package bitnet.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.ChatTemplateException;
import bitnet.JsonResource;
import bitnet.template.ChatTemplate.Turn;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Templates come from strangers: none hangs, fills the memory, overflows the stack or throws what is not declared. */
class HostileTemplateTest {
    private static final List<Turn> CHAT = List.of(new Turn("user", "Hi"), new Turn("assistant", "Hello"));

    static List<String> hostile() {
        return List.of(
                "{% for a in range(99999) %}{% for b in range(99999) %}{{ b }}{% endfor %}{% endfor %}",
                "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
                "{% set ns = namespace(x='aaaaaaaa') %}{% for a in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
                "{% set ns = namespace(x='aaaaaaaa') %}{% for a in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
                "{% set ns = namespace(x=[1]) %}{% for a in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
                "{% set ns = namespace(x=[1]) %}{% for a in range(99) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
                "{% set ns = namespace(x=[1]) %}{% for a in range(99) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x == ns.x }}",
                "{% set ns = namespace(x=[]) %}{% for a in range(99999) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}",
                "{% set ns = namespace(x=[]) %}{% for a in range(99999) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x | tojson }}",
                "{% set ns = namespace(x=[]) %}{% for a in range(99999) %}{% set ns.x = {'a': ns.x} %}{% endfor %}{{ ns.x == ns.x }}",
                "{{ 'a' * 2000000000 }}",
                "{{ [1] * 2000000000 }}",
                "{{ 'a' * 9000000000000000000 }}",
                "{{ ('a' * 1000000) | replace('a', 'b' * 1000000) }}",
                "{{ ('a' * 1000000) | replace('', 'b' * 1000) }}",
                "{{ ('a' * 1000000) | list | join('b' * 1000000) }}",
                "{{ ('a' * 4000000).count('a' * 2000000 ~ 'b') }}",
                "{{ ('a' * 2000000 ~ 'b') in ('a' * 4000000) }}",
                "{{ [] | tojson(indent=2000000000) }}{{ [[[[1]]]] | tojson(indent=2000000000) }}",
                "{{ 'a\nb' | indent(2000000000) }}",
                "{{ 9223372036854775807 + 1 }}",
                "{{ 9223372036854775807 * 2 }}",
                "{{ 10 ** 1000000000 }}",
                "{{ 99999999999999999999 }}",
                "{% macro m(x) %}{{ m(x) }}{% endmacro %}{{ m(1) }}",
                "{% macro m(x) %}{{ m(x) }}{{ m(x) }}{% endmacro %}{{ m(1) }}",
                "{{ " + "(".repeat(100_000) + "1" + ")".repeat(100_000) + " }}",
                "{{ " + "[".repeat(100_000),
                "{{ " + "not ".repeat(100_000) + "1 }}",
                "{{ " + "- ".repeat(100_000) + "1 }}",
                "{{ 1" + " + 1".repeat(100_000) + " }}",
                "{{ 1" + " if 1 else 1".repeat(100_000) + " }}",
                "{{ x" + ".x".repeat(100_000) + " }}",
                "{{ x" + "[0]".repeat(100_000) + " }}",
                "{{ x" + "|trim".repeat(100_000) + " }}",
                "{{ x" + " and x".repeat(100_000) + " }}",
                "{% if 1 %}".repeat(100_000),
                "{% for x in [1] %}".repeat(1000) + "{% endfor %}".repeat(1000),
                "{% for x in " + "[".repeat(1000) + "]".repeat(1000) + " %}{% endfor %}",
                "{{ 'a'.split('') }}",
                "{{ range(0, 9223372036854775807, 9223372036854775807) | list }}{{ range(1, 2, 0) }}",
                "{{ (-9223372036854775807 - 1) | abs }}{{ -(-9223372036854775807 - 1) }}{{ (-9223372036854775807 - 1) // -1 }}",
                "{{ messages[9223372036854775807] }}{{ messages[::0] }}",
                "{{ 'abc'[::-9223372036854775807] }}{{ 'abc'[9223372036854775807:-9223372036854775807:9223372036854775807] }}{{ 1/0 }}",
                "{{ range }}",
                "{{ strftime_now('%Q') }}",
                "{{ messages | sort }}",
                "{{ messages | map('map', 'map', 'map') | list }}",
                "{{ ['a'] | map('nofilter') | list }}",
                "{{ ['a'] | select('notest') | list }}",
                "{{ messages | map | list }}",
                "{{ '\\ud800' ~ 1 }}{{ 1/0 }}",
                "{{ '\\UFFFFFFFF' }}",
                "{{ '\\u12' }}");
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void isRefusedInTime(String source) {
        Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(10),
                () -> assertThatThrownBy(() -> render(ChatTemplate.parse(source)))
                        .isInstanceOf(ChatTemplateException.class));
    }

    @Test
    void longConversationsAreNotHostile() {
        var chat = new ArrayList<Turn>();
        for (int i = 0; i < 4000; i++) {
            chat.add(new Turn(i % 2 == 0 ? "user" : "assistant", "word ".repeat(200) + i));
        }
        for (String family : List.of("bitnet-2b-4t", "llama-3", "llama-2", "falcon-3", "chatml")) {
            String text = ChatTemplates.of(family).render(chat, true, "<s>", "</s>", Map.of());
            assertThat(text).hasSizeGreaterThan(4_000_000).contains("word 3999");
        }
        assertThat(ChatTemplates.of("llama-3")
                        .render(List.of(new Turn("user", "x".repeat(10_000_000))), true, "<s>", "</s>", Map.of()))
                .hasSizeGreaterThan(10_000_000);
    }

    /** Real templates, cut up and put together in other ways, with what the language is made of thrown in. */
    @Test
    void mutationsThrowOnlyWhatIsDeclared() {
        List<String> seeds = seeds();
        var random = new SplittableRandom(20_250_307);
        int parsed = 0;
        int rendered = 0;
        for (int i = 0; i < 40_000; i++) {
            String source = mutated(seeds, random);
            try {
                ChatTemplate template = ChatTemplate.parse(source);
                parsed++;
                render(template);
                rendered++;
            } catch (ChatTemplateException e) {
                assertThat(e).hasMessageMatching("(?s)line \\d+, column \\d+: .+");
            } catch (Throwable e) {
                throw new AssertionError("case " + i + ": " + source, e);
            }
        }
        // The mutations are of use only if many get past the parser.
        assertThat(parsed).isGreaterThan(6_000);
        assertThat(rendered).isBetween(2_000, parsed - 500);
    }

    private static String render(ChatTemplate template) {
        return template.render(CHAT, true, "<s>", "</s>", Map.of());
    }

    @SuppressWarnings("unchecked")
    private static List<String> seeds() {
        var expected = (Map<String, Object>) JsonResource.read(JinjaTest.class, "expected.json");
        var seeds = new ArrayList<String>();
        for (var snippet : (List<Map<String, Object>>) expected.get("snippets")) {
            seeds.add((String) snippet.get("source"));
        }
        for (String family : List.of("bitnet-2b-4t", "llama-3", "llama-2", "falcon-3", "chatml")) {
            seeds.add(ChatTemplates.of(family).source());
        }
        return seeds;
    }

    private static final String[] PARTS = {
        "{{",
        "}}",
        "{%",
        "%}",
        "{#",
        "#}",
        "-",
        "{%-",
        "-%}",
        " ",
        "\n",
        "'",
        "\"",
        "\\",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ".",
        ",",
        ":",
        "|",
        "~",
        "+",
        "*",
        "**",
        "//",
        "%",
        "==",
        "<",
        "=",
        "1",
        "0",
        "-1",
        "99999999999",
        "1e308",
        "1.5",
        "'a'",
        "''",
        "[]",
        "{}",
        "none",
        "true",
        "messages",
        "messages[0]",
        "message",
        "loop",
        "loop.index",
        "range(9)",
        "namespace()",
        " in ",
        " not ",
        " is ",
        " and ",
        " or ",
        " if ",
        " else ",
        "{% for x in messages %}",
        "{% endfor %}",
        "{% if x %}",
        "{% else %}",
        "{% endif %}",
        "{% set x = 1 %}",
        "{% set x %}",
        "{% endset %}",
        "{% macro m(a) %}",
        "{% endmacro %}",
        "{% raw %}",
        "{% endraw %}",
        "{% break %}",
        "|trim",
        "|tojson",
        "|length",
        "|first",
        "|list",
        "|join",
        "|items",
        "|default(1)",
        "|map('upper')",
        "|replace('a', 'b')",
        "|sort",
        "|int",
        "[0]",
        "[1:]",
        "[::-1]",
        ".x",
        ".content",
        ".split()",
        ".strip()",
        ".items()",
        "(1)",
        "\u0000",
        "é",
        "\uD83E\uDD8A",
        "\uD83E"
    };

    private static String mutated(List<String> seeds, SplittableRandom random) {
        var source = new StringBuilder(seeds.get(random.nextInt(seeds.size())));
        for (int n = 1 + random.nextInt(4); n > 0; n--) {
            int at = random.nextInt(source.length() + 1);
            int length = Math.min(source.length() - at, 1 + random.nextInt(random.nextInt(4) == 0 ? 40 : 4));
            switch (random.nextInt(6)) {
                case 0 -> source.delete(at, at + length);
                case 1 -> source.insert(at, PARTS[random.nextInt(PARTS.length)]);
                case 2 -> source.replace(at, at + length, PARTS[random.nextInt(PARTS.length)]);
                case 3 -> source.insert(random.nextInt(source.length() + 1), source.substring(at, at + length));
                case 4 -> {
                    String other = seeds.get(random.nextInt(seeds.size()));
                    int from = random.nextInt(other.length() + 1);
                    source.insert(at, other, from, Math.min(other.length(), from + random.nextInt(60)));
                }
                default -> {
                    if (at < source.length()) {
                        source.setCharAt(at, (char) random.nextInt(32, 127));
                    }
                }
            }
        }
        return source.toString();
    }
}
