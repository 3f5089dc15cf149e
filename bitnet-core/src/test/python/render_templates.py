"""Renders chat templates with Python's Jinja, set up as transformers sets it up: what ChatTemplate is compared with.

Needs jinja2 (3.1). Run in this folder:  python3 render_templates.py
Writes ../resources/bitnet/template/expected.json; a case has either "text" or "error".
"""

import datetime
import json
import pathlib

import jinja2
import jinja2.ext
import jinja2.sandbox

HERE = pathlib.Path(__file__).parent
OUR_TEMPLATES = HERE / "../../main/resources/bitnet/template"
TEST_TEMPLATES = HERE / "../resources/bitnet/template/templates"
NOW = datetime.datetime(2025, 3, 7, 15, 4, 9)


class Generation(jinja2.ext.Extension):
    """The block that marks what the assistant said."""

    tags = {"generation"}

    def parse(self, parser):
        lineno = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_body"), [], [], body).set_lineno(lineno)

    def _body(self, caller):
        return caller()


def environment():
    env = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols]
    )

    def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    def raise_exception(message):
        raise jinja2.exceptions.TemplateError(message)

    env.filters["tojson"] = tojson
    env.filters["from_json"] = json.loads
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = NOW.strftime
    return env


def turns(*contents, system=None):
    messages = [] if system is None else [{"role": "system", "content": system}]
    for i, content in enumerate(contents):
        messages.append({"role": "assistant" if i % 2 else "user", "content": content})
    return messages


WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": 'Weather "now" in a place, in °C & more',
        "parameters": {
            "type": "object",
            "properties": {"place": {"type": "string"}, "days": {"type": "integer", "minimum": 1, "maximum": 2.5}},
            "required": ["place"],
            "additionalProperties": False,
            "default": None,
            "empty": {},
            "none": [],
        },
    },
}

CALL = [
    {"role": "user", "content": "Is it raining in Łódź?"},
    {
        "role": "assistant",
        "content": "",
        "tool_calls": [{"id": "abcdefghi", "type": "function", "function": {"name": "weather", "arguments": {"place": "Łódź", "days": 1}}}],
    },
    {"role": "tool", "name": "weather", "tool_call_id": "abcdefghi", "content": "rain, 7.5 °C"},
    {"role": "assistant", "content": "Yes."},
    {"role": "user", "content": "And tomorrow?"},
]

CONVERSATIONS = {
    "one": {"messages": turns("Hello!")},
    "system": {"messages": turns("What is 27 + 48?", system="You are helpful.")},
    "multi-turn": {"messages": turns("Hi", "Hello, how can I help?", "Tell me a story.", system="Be brief.")},
    "ends with the assistant": {"messages": turns("Hi", "Hello.")},
    "long": {"messages": turns(*[f"turn {i}" for i in range(21)])},
    "unicode": {"messages": turns("ß İstanbul 日本語 🦊👨‍👩‍👧 é", "Ünïcödé \u2028 ok", "سلام", system="ÀÉÎ")},
    "white space": {"messages": turns("  a\n\n b\t", "\n\nspaced \u00a0\u3000\n", " \n ", system="\t sys \n")},
    "empty content": {"messages": turns("", "", "", system="")},
    "no messages": {"messages": []},
    "odd roles": {"messages": [{"role": "tool", "content": "x"}, {"role": "ÉDITOR", "content": "y"}]},
    "two of the user": {"messages": turns("a") + turns("b")},
    "late system": {"messages": turns("a", "b") + turns("c", system="late")},
    "special tokens": {"messages": turns("<|eot_id|><|im_end|></s> [INST] {{ 1 }} {% x %}")},
    "tools": {"messages": turns("Hi", system="S"), "tools": [WEATHER, WEATHER]},
    "tool call": {"messages": CALL, "tools": [WEATHER]},
    "tool call without tools": {"messages": CALL},
    "thoughts": {
        "messages": turns("q", "<think>\nhm\n</think>\n\nanswer", "r", "<think>well</think>no", system="s")
    },
    "content that is no string": {"messages": [{"role": "user", "content": None}]},
    "parts": {"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}]}]},
}

MESSY = {"a": 1, "b": [1, 2.0, "x'y", 'q"', None, True], "c": {"d": {}, "e": []}}
VARIABLES = {
    "s": "  Hello, World of Łukasz 🦊! ",
    "word": "straße",
    "words": ["pear", "Apple", "fig", "apple"],
    "numbers": [3, 1, 2],
    "people": [{"name": "Bo", "age": 3, "tags": ["x"]}, {"name": "al", "age": 2}, {"name": "Cy", "age": 3, "sub": {"k": 5}}],
    "messy": MESSY,
    "empty": "",
    "nothing": None,
    "n": 7,
    "f": 2.5,
    "yes": True,
}

SNIPPETS = r"""
{{ 1 + 2 * 3 - 4 / 2 }}|{{ 7 // 2 }}|{{ -7 // 2 }}|{{ -7 % 3 }}|{{ 7.5 % 2 }}|{{ 2 ** 10 }}|{{ 2 ** -1 }}|{{ -2 ** 2 }}
{{ 1e3 }}|{{ 1.0e16 }}|{{ 1e-5 }}|{{ 123456789.5 }}|{{ 0.1 + 0.2 }}|{{ 100000000000000000 * 1.0 }}|{{ 5 / 3 }}|{{ 0.0001 }}
{{ true }}|{{ none }}|{{ false and x.y }}|{{ 1 or 2 }}|{{ 0 or 'a' }}|{{ '' and 1 }}|{{ not 0 }}|{{ not not '' }}
{{ 1 < 2 < 3 }}|{{ 1 < 2 > 3 }}|{{ 'a' < 'b' }}|{{ 1 == 1.0 }}|{{ 1 == true }}|{{ '1' == 1 }}|{{ none == none }}|{{ [1, 2] == [1, 2] }}
{{ 'a' in 'cat' }}|{{ 'a' not in 'cat' }}|{{ 2 in [1, 2] }}|{{ 'a' in messy }}|{{ 'z' in messy }}|{{ missing in [1] }}
{{ 'a' ~ 1 ~ none ~ 2.0 ~ missing ~ [1, 'b'] }}|{{ 'ab' * 3 }}|{{ [1] + [2] }}|{{ 3 * 'x' }}
{{ 'a' if yes else 'b' }}|{{ 'a' if missing else 'b' }}|{{ 'a' if missing }}|{{ 'a' if yes else 'b' if no else 'c' }}
{{ s[2] }}|{{ s[-3] }}|{{ s[2:7] }}|{{ s[::-1] }}|{{ s[:-2] }}|{{ s[-5:] }}|{{ s[1:20:3] }}|{{ words[1:] }}|{{ words[::2] }}|{{ words[-1] }}|{{ words[5] }}|{{ s[99:] }}
{{ messy }}|{{ messy.b }}|{{ messy['c'] }}|{{ messy.c.d.e }}|{{ messy.missing }}|{{ people[0].name }}|{{ people.0.age }}
{{ messy | tojson }}|{{ messy | tojson(indent=2) }}|{{ [] | tojson(indent=4) }}|{{ 'é"\n\u0001<' | tojson }}|{{ 1.0 | tojson }}
{{ "é🦊\u007f" | tojson(ensure_ascii=true) }}|{{ [1] | tojson(false, 2) }}|{{ messy | tojson(sort_keys=true, separators=(',', ':')) }}|{{ [1, [2, {}]] | tojson(indent=1) }}
{{ s | trim }}|{{ s.strip() }}|{{ s.lstrip() }}|{{ s.rstrip() }}|{{ 'xxabxx'.strip('x') }}|{{ 'xxabxx' | trim('x') }}|{{ none | trim }}
{{ s | upper }}|{{ s | lower }}|{{ word | upper }}|{{ word | capitalize }}|{{ 'ÉCOLE DE LA' | capitalize }}|{{ 'hello wORLD-foo (bar) it\'s' | title }}|{{ "it's a dog's life" .title() }}
{{ s | length }}|{{ words | length }}|{{ messy | count }}|{{ missing | length }}|{{ '🦊' | length }}
{{ words | join }}|{{ words | join(', ') }}|{{ people | join('/', attribute='name') }}|{{ 'abc' | join('-') }}|{{ numbers | join('+') }}
{{ missing | default('d') }}|{{ empty | default('d') }}|{{ empty | default('d', true) }}|{{ nothing | d('x') }}|{{ nothing | default('x', boolean=true) }}
{{ 'banana' | replace('a', 'o') }}|{{ 'banana' | replace('a', 'o', 2) }}|{{ 'banana'.replace('an', '') }}|{{ 'ab'.replace('', '-') }}|{{ 'abc'.replace('', '-', 2) }}
{{ words | first }}|{{ words | last }}|{{ 'xyz' | first }}|{{ [] | first }}|{{ 'abc' | list }}|{{ messy | list }}|{{ 'abc' | reverse }}|{{ numbers | reverse | list }}
{% for k, v in messy | items %}{{ k }}={{ v }};{% endfor %}|{% for k, v in messy.items() %}{{ k }}{% endfor %}|{{ messy.keys() | list }}|{{ messy.get('a') }}|{{ messy.get('q') }}|{{ messy.get('q', 5) }}
{{ '42' | int }}|{{ ' 42 ' | int }}|{{ '4.9' | int }}|{{ 'x' | int }}|{{ 'x' | int(7) }}|{{ 3.9 | int }}|{{ '3.5' | float }}|{{ -3 | abs }}|{{ none | int }}
{{ numbers | sort }}|{{ words | sort }}|{{ words | sort(reverse=true) }}|{{ words | sort(case_sensitive=true) }}|{{ people | sort(attribute='age') | map(attribute='name') | join(',') }}|{{ messy | dictsort | length }}
{{ words | map('upper') | list }}|{{ people | map(attribute='name') | list }}|{{ people | map(attribute='sub.k', default='-') | list }}|{{ words | map('replace', 'p', 'b') | join }}
{{ numbers | select('odd') | list }}|{{ numbers | reject('equalto', 2) | list }}|{{ people | selectattr('age', 'equalto', 3) | map(attribute='name') | list }}|{{ people | rejectattr('tags') | list | length }}|{{ [0, 1, '', 'a'] | select | list }}|{{ people | selectattr('sub', 'defined') | list | length }}
{{ 'a\nb\n\nc' | indent }}|{{ 'a\nb' | indent(2, true) }}|{{ 'a\n\nb' | indent(width=3, blank=true) }}|{{ 'a\n' | indent }}
{{ missing is defined }}|{{ s is defined }}|{{ missing is not defined }}|{{ none is none }}|{{ nothing is none }}|{{ missing is none }}|{{ s is string }}|{{ n is number }}|{{ n is integer }}|{{ f is float }}|{{ yes is boolean }}|{{ yes is number }}
{{ messy is mapping }}|{{ words is mapping }}|{{ words is iterable }}|{{ n is iterable }}|{{ s is iterable }}|{{ words is sequence }}|{{ messy is sequence }}|{{ yes is true }}|{{ 1 is true }}|{{ n is odd }}|{{ n is even }}|{{ n is divisibleby 7 }}|{{ n is divisibleby(2) }}
{{ 1 is eq 1 }}|{{ 1 is equalto(2) }}|{{ 'a' is in 'abc' }}|{{ n is gt 3 }}|{{ n is lt(3) }}|{{ n is not gt 3 }}|{{ 'abc' is lower }}|{{ 'ABC' is upper }}|{{ 'a' is string and n is number }}|{{ range is callable }}
{{ range(5) | list }}|{{ range(2, 5) | list }}|{{ range(5, 0, -2) | list }}|{{ range(0) | list }}
{% for x in range(3) %}{{ loop.index }}{{ loop.index0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.revindex }}{{ loop.revindex0 }} {% endfor %}
{% for x in words %}{{ loop.previtem }}<{{ x }}>{{ loop.nextitem }}{{ loop.cycle('odd', 'even') }}{{ loop.depth }}{% for y in [1] %}{{ loop.depth0 }}{% endfor %} {% endfor %}
{% for x in [] %}x{% else %}none{% endfor %}|{% for x in words if x|length > 3 %}{{ loop.index }}{{ x }}{% else %}none{% endfor %}|{% for x in words if x == 'q' %}{{ x }}{% else %}none{% endfor %}|{% for x in missing %}x{% endfor %}
{% for a, b in [[1, 2], [3, 4]] %}{{ a }}-{{ b }} {% endfor %}|{% for k in messy %}{{ k }}{% endfor %}|{% for c in 'añ🦊' %}{{ c }}.{% endfor %}
{% for x in range(10) %}{% if x == 2 %}{% continue %}{% endif %}{% if x == 5 %}{% break %}{% endif %}{{ x }}{% endfor %}
{% set x = 1 %}{% for i in range(3) %}{% set x = x + 1 %}{{ x }}{% endfor %}{{ x }}|{% set ns = namespace(x=1) %}{% for i in range(3) %}{% set ns.x = ns.x + 1 %}{% endfor %}{{ ns.x }}
{% if yes %}{% set inner = 'set' %}{% endif %}{{ inner }}|{% set a, b = 1, 2 %}{{ a }}{{ b }}|{% set t = (1, 2) %}{{ t[0] }}{{ t | length }}|{% set l = [1, [2, 3]] %}{{ l }}
{% set block %}a{{ 1 + 1 }}b{% endset %}[{{ block }}]|{% set d = {'k': 1, 2: 'two', 'nested': {'x': [1]}} %}{{ d.k }}{{ d[2] }}{{ d.nested.x[0] }}{{ d }}
{% macro greet(name, greeting='Hi', mark='!') %}{{ greeting }} {{ name }}{{ mark }}{% endmacro %}{{ greet('Bo') }}|{{ greet('Al', mark='?') }}|{{ greet(name='Cy', greeting='Yo') }}|{{ greet() }}
{% macro fact(n) %}{% if n > 1 %}{{ n }}*{{ fact(n - 1) }}{% else %}1{% endif %}{% endmacro %}{{ fact(5) }}
{% if n > 5 and n < 10 %}in{% elif n == 1 %}one{% else %}out{% endif %}|{% if not n %}a{% elif f %}b{% endif %}
{{ 'a,b,,c'.split(',') }}|{{ ' a  b '.split() }}|{{ 'a b c'.split(' ', 1) }}|{{ 'a  b c '.split(none, 1) }}|{{ 'abc'.split('x') }}|{{ 'a,b,c'.split(',')[-1] }}|{{ 'l1\nl2\r\nl3\n'.splitlines() }}
{{ s.startswith('  He') }}|{{ 'abc'.endswith('bc') }}|{{ 'abc'.endswith(('x', 'c')) }}|{{ 'banana'.count('an') }}|{{ 'banana'.find('n') }}|{{ 'banana'.rfind('n') }}|{{ 'x'.find('y') }}|{{ '🦊n'.find('n') }}|{{ ', '.join(words) }}
{{ 'ABC'.lower() }}|{{ 'abc'.upper() }}|{{ 'abc'.capitalize() }}|{{ '12'.isdigit() }}|{{ 'ab1'.isalpha() }}|{{ 'abc'.removeprefix('a') }}|{{ 'abc'.removesuffix('c') }}|{{ ' \t'.isspace() }}
{{ "dq 'single'" }}|{{ 'sq "double"' }}|{{ 'tab\tnl\\n\x41\u00e9\'' }}|{{ 'con' 'cat' }}|{{ 'odd \d escape' }}
{{ ['it\'s', "q\"", 'both\'"', 'nl\n\x00\u200b é🦊'] }}
{{ strftime_now('%Y-%m-%d %H:%M:%S %b %B %a %A %j %y %p %I %%') }}|{{ strftime_now("%d %b %Y") }}|{{ strftime_now('%-d %e') }}
{{ {'a': 1}.items() | list | length }}|{{ dict(a=1, b='x') }}|{{ namespace(a=1).a }}|{{ namespace(a=1).b }}
{{ messy.a is defined and messy.z is not defined }}|{{ people | length > 2 }}|{{ not people | length == 3 }}|{{ n + 1 | abs }}|{{ (n + 1) | string + 'x' }}
{% raw %}{{ not }} {% evaluated %}{# here #}{% endraw %}|{#- comment -#} x {# another #} y
{{- 'a' -}}   {{- 'b' }}   {{ 'c' -}}   |{%- if true -%}  x  {%- endif -%}  |
{{ {'a': {'b': {'c': 1}}}['a']['b'] }}|{{ [[1, 2], [3]][0][1] }}|{{ (1,) | length }}|{{ () | length }}|{{ [1, 2,] }}
{% generation %}generated {{ n }}{% endgeneration %}|{{ yes is sameas true }}|{{ 1 is sameas 1 }}
{{ missing }}|{{ missing ~ 'x' }}|{{ missing | trim }}|{{ missing | upper }}|{{ missing | list }}|{{ missing == missing2 }}|{{ missing | string }}
{{ 10 }}|{{ 1_000 }}|{{ 1.5e2 }}|{{ +3 }}|{{ -n }}|{{ - 3 }}
{{ missing.attribute }}
{{ missing() }}
{{ n.foo.bar }}
{{ 'a' + 1 }}
{{ 1 / 0 }}
{{ none + 1 }}
{{ [1] < ['a'] }}
{{ n < 'x' }}
{{ 1 in 'abc' }}
{{ nothing | length }}
{{ n | join }}
{{ missing | tojson }}
{{ words.append('x') }}
{{ s.nope() }}
{{ raise_exception('refused: ' ~ n) }}
{{ range(1000000) | list }}
{{ messy | tojson(idnent=2) }}
{{ s.strip('a', 'b') }}
{{ s | trim(chars='a', char='b') }}
{{ words | sort(reverse=true, order='x') }}
{{ n is odd 3 }}
{% macro m(a) %}{% endmacro %}{{ m(1, a=2) }}
{% macro m(a) %}{% endmacro %}{{ m(b=2) }}
{{ ', '.join(missing) }}|{{ words | map('replace', 'p') | list }}
{% for a, b in [[1, 2, 3]] %}{% endfor %}
{% set s.x = 1 %}
{{ 'x' | nofilter }}
{{ 'x' is notest }}
{% if %}x{% endif %}
{% for x in %}{% endfor %}
{% endif %}
{% if true %}
{{ 1 +
{{ 'unclosed }}
{# unclosed
{{ ) }}
{{ (1 }}
{{ [1, 2 }}
{{ a b }}
{% unknown %}
{% set 1 = 2 %}
{{ 1 if }}
{{ x | }}
{{ 'a' 'b
{% raw %} no end
{{ missing + 'x' }}
{{ n[0].x }}
{{ n() }}
{{ dict(1) }}
{{ {[1]: 2} }}
{{ '%s and %s' % ('a', 2) }}{{ '%s' % 'x' }}{{ '%d%%' % 7 }}{{ '%5s|%-5s|%05d|%+d' % ('a', 'b', -42, 3) }}
{{ '%s %r' % ([1, 'a'], 'q') }}{{ '%.2f|%8.3f|%f' % (1.005, -2.5, 3) }}{{ '%x %X %o %#x' % (255, 255, 8, 255) }}
{{ '%(a)s-%(b)d' % {'a': 'x', 'b': 2} }}{{ '%c%c' % ('a', 98) }}{{ '%.2s' % 'abc' }}
{{ '%s' % (1, 2) }}
{{ '%s %s' % 'a' }}
{{ '%d' % 'a' }}
{{ '%z' % 1 }}
{{ ['b', 'A', 'a', 'b', 1, 1.0, true] | unique | list }}{{ ['b', 'A', 'a'] | unique(true) | list }}
{{ [{'n': 'x'}, {'n': 'X'}, {'n': 'y'}] | unique(attribute='n') | map(attribute='n') | list }}{{ [] | unique | list }}
{{ [[1], [1]] | unique | list }}
{{ '{"a": [1, 2.5, "x", null, true]}' | from_json }}{{ ('[1]' | from_json)[0] + 1 }}
{{ '[1' | from_json }}
{{ none | selectattr('a') | list }}{{ none | map('upper') | list }}{{ none | reject('none') | list }}{{ 0 | select | list }}
{% for x in none %}{{ x }}{% endfor %}
{{ none | list }}
{{ (1, 'a') }}{{ (1,) }}{{ () }}{{ [1, (2, 3)] }}{{ {'a': (1, 2)} | tojson }}{{ {'a': 1}.items() | list }}
{{ (1, 2) == [1, 2] }}{{ (1, 2) == (1, 2) }}{{ (1, 2, 3)[1:] }}{{ (1, 2) | list }}
{{ 'ΑΣ ΣΑΣ Σ ΑΣ\'Α ΟΔΟΣ.' | lower }}{{ 'İSTANBUL' | lower }}{{ 'ß ŉ ﬁ ǆ' | upper }}{{ 'ﬁx ßa ǆ ὀδυσσεύς ΟΔΟΣ'.title() }}{{ 'ΑΣ' | title }}{{ 'ὈΔΟΣ Σ' | capitalize }}
{{ 9007199254740993 > 9007199254740992.0 }}{{ 1 == 1.0 }}{{ [2, 1.5, 1] | sort }}{{ -1 < -0.5 }}{{ 0 == -0.0 }}
{{ 'abcabc'.rfind('ca') }}{{ ('ab' * 20).find('ab' * 12 ~ 'a') }}{{ ('ab' * 20).find('ab' * 12 ~ 'b') }}{{ ('ab' * 20).count('ab' * 9) }}{{ ('ab' * 20).rfind('ab' * 9) }}{{ ('ab' * 20).replace('ba' * 9, '-') }}
""".strip().split("\n")

# Each is a list of lines; what they test is white space, so they are written out.
LAYOUTS = [
    "a\n{% if true %}\nb\n{% endif %}\nc\n",
    "  {% if true %}  \n  b  \n  {% endif %}  \n",
    "x {% if true %}y{% endif %} z\n\n",
    "{% for i in [1, 2] %}\n  - {{ i }}\n{% endfor %}\n",
    "{%- for i in [1, 2] -%}\n  - {{ i }}\n{%- endfor -%}\n",
    "a\n   {%+ if true %}b{% endif %}\n",
    "a {# c #}\n b\n  {# c #}  \n c",
    "a\n{{ 1 }}\n{{ 2 }}\n",
    "a  \n  {{- 1 -}}  \n  b",
    "\n\n{% set x = 1 %}\n\n{{ x }}\n\n",
    "a\r\n{% if true %}\r\nb\r{% endif %}\r\n",
    "{% if true +%}\nx\n{% endif %}",
    "\t{% if true %}\t{{ 1 }}\t\n\t{% endif %}\t\n",
    "{% if true %}{% if true %}\n  x\n  {% endif %}\n{% endif %}\n\n",
    "a\u00a0\n\u00a0{% if true %}b{% endif %}\u3000{%- if true %} c{% endif %}",
    "{% raw %}\n  x \n  {% endraw %}\n y",
    "a {%- raw -%}  x  {%- endraw -%}  y",
    "{{ 'x' }}\n\n  {# one #}\n  {#- two -#}\n  {{ 'y' }}",
    "  {% set a = 1 %}{% set b = 2 %}  {{ a }}",
    "{#\n multi\n line\n#}\nx",
    "text { brace } {{ '{' }} {% if true %}}{% endif %} {",
]


def outcome(env, source, variables):
    try:
        return {"text": env.from_string(source).render(**variables)}
    except Exception as e:  # whatever Python raises, ChatTemplate raises one type
        return {"error": f"{type(e).__name__}: {e}"}


def main():
    env = environment()
    templates = {}
    for folder in (OUR_TEMPLATES, TEST_TEMPLATES):
        for path in sorted(folder.glob("*.jinja")):
            templates[path.stem] = path.read_text(encoding="utf-8")
    chats = []
    for template, source in templates.items():
        for conversation, given in CONVERSATIONS.items():
            for prompt in (True, False):
                variables = {"tools": None, "documents": None, **given, "add_generation_prompt": prompt}
                variables |= {"bos_token": "<s>", "eos_token": "</s>"}
                case = {"template": template, "conversation": conversation, "add_generation_prompt": prompt}
                chats.append(case | outcome(env, source, variables))
    snippets = [{"source": s} | outcome(env, s, VARIABLES) for s in SNIPPETS + LAYOUTS]
    result = {"conversations": CONVERSATIONS, "chats": chats, "variables": VARIABLES, "snippets": snippets}
    target = HERE / "../resources/bitnet/template/expected.json"
    target.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    errors = sum("error" in c for c in chats), sum("error" in c for c in snippets)
    print(f"{len(chats)} chats ({errors[0]} refused), {len(snippets)} snippets ({errors[1]} errors)")


if __name__ == "__main__":
    main()
