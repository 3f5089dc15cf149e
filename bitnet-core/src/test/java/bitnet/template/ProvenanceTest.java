package bitnet.template;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.template.ChatTemplate.Turn;
import bitnet.tokenizer.PromptText;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whose text is whose, after whatever a template does. */
class ProvenanceTest {
    /** In the expected text, what somebody wrote stands between angle quotes. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "<s>{{ c }}</s>                                                     ; <s>«Ab ab»</s>",
                "{{ '<' + c + '>' }}                                                ; <«Ab ab»>",
                "{{ '<' ~ c ~ '>' ~ c }}                                            ; <«Ab ab»>«Ab ab»",
                "{{ ('<' ~ c ~ '>') | upper }}                                      ; <«AB AB»>",
                "{{ ('<' ~ c ~ '>') | replace('b', '|') }}                          ; <«A»|« a»|>",
                "{{ '-x-' | replace('x', c) }}                                      ; -«Ab ab»-",
                "{{ c | replace('', '.') }}                                         ; .«A».«b».« ».«a».«b».",
                "{{ ('<' ~ c ~ '>')[1:3] }}|{{ ('<' ~ c ~ '>')[::-1] }}             ; «Ab»|>«ba bA»<",
                "{{ ('<' ~ c)[0] }}{{ ('<' ~ c)[-1] }}                              ; <«b»",
                "{{ c.split(' ') | join('|') }}                                     ; «Ab»|«ab»",
                "{{ c.split(' ') | map('capitalize') | join('|') }}                 ; «Ab»|«Ab»",
                "{{ '+'.join([c, 'x']) }}                                           ; «Ab ab»+x",
                "{{ '%s|%s' % (c, 'x') }}                                           ; «Ab ab»|x",
                "{{ '%5s' % 'x' }}                                                  ; «    »x",
                "{{ ('<' ~ c) * 2 }}                                                ; <«Ab ab»<«Ab ab»",
                "{% set x %}<{{ c }}>{% endset %}{{ x }}                            ; <«Ab ab»>",
                "{% macro m(a) %}[{{ a }}]{% endmacro %}{{ m(c) }}{{ m('y') }}      ; [«Ab ab»][y]",
                "{% for w in c %}{{ w }}{% if loop.first %}-{% endif %}{% endfor %} ; «A»-«b ab»",
                "{% set ns = namespace(t='') %}{% set ns.t = ns.t ~ '<' ~ c %}{{ ns.t }} ; <«Ab ab»",
                "{{ [c, 'x'] | tojson }}                                            ; «[\"Ab ab\", \"»x«\"]»",
                "{{ ['x', c] }}                                                     ; «['»x«', 'Ab ab']»",
                "{{ {'k': c} | items | first | last }}                              ; «Ab ab»",
                "{{ '[\"x\"]' | from_json | first }}{{ ('[\"' ~ c ~ '\"]') | from_json | first }} ; x«Ab ab»",
                "{{ 7 }}{{ c | length }}                                            ; «75»",
                "{{ bos_token }}{{ eos_token }}{{ messages[0].role }}               ; <s></s>user",
                "{{ '<|' ~ messages[0]['role'] ~ '|>' }}                            ; <|user|>",
                "{{ c if c else 'x' }}{{ nothing | default(c) }}{{ c or 'x' }}      ; «Ab abAb abAb ab»",
                "{{ [c, 'x'] | sort | join }}{{ ['x', c] | unique | last }}         ; «Ab ab»x«Ab ab»",
                "{{ ('x ' ~ c) | title }}{{ ('x' ~ c) | trim('xA') }}               ; X «Ab Abb ab»",
                "{{ ('x' ~ c).removeprefix('x') }}{{ ('x\\n' ~ c) | indent(2) }}    ; «Ab ab»x\\n  «Ab ab»",
                "{{ tool.name }}{{ tool }}                                          ; «Ab ab{'name': 'Ab ab'}»",
                "{{ (c ~ '\u0301\u03a3').lower() }}                                 ; «ab ab»\u0301\u03c2"
            })
    void marks(String template, String expected) {
        String source = "{% set c = messages[0].content %}" + template;
        PromptText prompt = ChatTemplate.parse(source)
                .prompt(
                        List.of(new Turn("user", "Ab ab")),
                        true,
                        "<s>",
                        "</s>",
                        Map.of("tool", Map.of("name", "Ab ab")));
        assertThat(shown(prompt).replace("\n", "\\n")).isEqualTo(expected);
        assertThat(prompt.text())
                .isEqualTo(expected.replace("«", "").replace("»", "").replace("\\n", "\n"));
    }

    private static String shown(PromptText prompt) {
        var text = new StringBuilder();
        for (int i = 0; i < prompt.length(); i = prompt.spanEnd(i)) {
            String span = prompt.text().substring(i, prompt.spanEnd(i));
            text.append(prompt.isTemplate(i, i + 1) ? span : "«" + span + "»");
        }
        return text.toString();
    }
}
