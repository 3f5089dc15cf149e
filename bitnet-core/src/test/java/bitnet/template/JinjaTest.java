package bitnet.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.ChatTemplateException;
import bitnet.JsonResource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The same text as Python's Jinja renders, or an error where it raises one ({@code src/test/python/render_templates.py}). */
@SuppressWarnings("unchecked")
class JinjaTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2025-03-07T15:04:09Z"), ZoneOffset.UTC);
    private static final Map<String, Object> EXPECTED =
            (Map<String, Object>) JsonResource.read(JinjaTest.class, "expected.json");

    @TestFactory
    Stream<DynamicTest> chats() {
        var conversations = (Map<String, Map<String, Object>>) EXPECTED.get("conversations");
        return cases("chats").map(expected -> {
            String name = (String) expected.get("template");
            String conversation = (String) expected.get("conversation");
            boolean prompt = (Boolean) expected.get("add_generation_prompt");
            var variables = new HashMap<String, Object>();
            variables.put("tools", null);
            variables.put("documents", null);
            variables.putAll(conversations.get(conversation));
            variables.put("add_generation_prompt", prompt);
            variables.put("bos_token", "<s>");
            variables.put("eos_token", "</s>");
            return DynamicTest.dynamicTest(
                    name + ", " + conversation + (prompt ? "" : ", no prompt"),
                    () -> compare(source(name), variables, expected));
        });
    }

    @TestFactory
    Stream<DynamicTest> snippets() {
        var variables = (Map<String, Object>) EXPECTED.get("variables");
        return cases("snippets").map(expected -> {
            String source = (String) expected.get("source");
            return DynamicTest.dynamicTest(source, () -> compare(source, variables, expected));
        });
    }

    private static Stream<Map<String, Object>> cases(String kind) {
        return ((List<Map<String, Object>>) EXPECTED.get(kind)).stream();
    }

    private static void compare(String source, Map<String, Object> variables, Map<String, Object> expected) {
        String text = (String) expected.get("text");
        if (text != null) {
            assertThat(ChatTemplate.parse(source).withClock(CLOCK).render(variables))
                    .isEqualTo(text);
            return;
        }
        String error = (String) expected.get("error");
        String said = error.startsWith("TemplateError: ") ? error.substring("TemplateError: ".length()) : "";
        assertThatThrownBy(() -> ChatTemplate.parse(source).withClock(CLOCK).render(variables))
                .as(error)
                .isInstanceOf(ChatTemplateException.class)
                .hasMessageMatching("(?s)line \\d+, column \\d+: .+")
                .hasMessageContaining(said);
    }

    private static String source(String name) throws IOException {
        InputStream test = JinjaTest.class.getResourceAsStream("templates/" + name + ".jinja");
        try (InputStream in = test != null ? test : ChatTemplate.class.getResourceAsStream(name + ".jinja")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
