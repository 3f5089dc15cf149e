package bitnet.template;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Templates that try to hang a rendering, or to fill its memory or its stack, each in another way. */
final class HostileTemplates {
    private HostileTemplates() {}

    /** By name. */
    static Map<String, String> all() {
        var templates = new LinkedHashMap<String, String>();
        useTexts(templates);
        nest(templates);
        useEverythingElse(templates);
        return templates;
    }

    private static String entries(int count) {
        return IntStream.range(0, count).mapToObj(i -> "'k" + i + "':1").collect(Collectors.joining(","));
    }

    private static void useTexts(Map<String, String> templates) {
        templates.put(
                "startswith-list",
                "{% set s = 'a'*280000 %}{% set p=[s]*100000 %}{% if s.startswith(p) %}x{% endif %}");
        templates.put(
                "endswith-list", "{% set s = 'a'*280000 %}{% set p=[s]*100000 %}{% if s.endswith(p) %}x{% endif %}");
        templates.put(
                "startswith-list-msg",
                "{% set s = messages[0].content*12 %}{% set p=[s]*300000 %}{% if s.startswith(p) %}x{% endif %}");
        templates.put("sort-lower-bomb", "{% set s=['a'*9000]*90000 %}{{ (s|sort)|length }}");
        templates.put("sort-lower-bomb2", "{% set s=['A'*3000]*50000 %}{{ (s|sort)|length }}");
        templates.put(
                "sort-attr-path",
                "{% set s=[['a']]*60000 %}{{ (s|sort(attribute='" + "0.".repeat(2000) + "0'))|length }}");
        templates.put(
                "map-attr-path",
                "{% set s=[{'a':1}]*100000 %}{{ (s|map(attribute='" + "a.".repeat(50000)
                        + "a',default={'a':1})|list)|length }}");
        templates.put(
                "mapattr-longpath2",
                "{% set p='a.'*300000 %}{% set s=[{'a':1}]*50000 %}{{ (s|map(attribute=p,default={'a':1})|list)|length }}");
        templates.put(
                "selectattr-longpath",
                "{% set p='0.'*200000 %}{% set x=[0] %}{% set s=[[[[[[[[x]]]]]]]]*50000 %}{{ (s|selectattr(p)|list)|length }}");
        templates.put("join-attr-path", "{% set p='a.'*200000 %}{% set s=[{}]*50000 %}{{ s|join(attribute=p) }}");
        templates.put("map-default-str", "{% set s=['a'*200000]*80000 %}{{ (s|map('upper')|list)|length }}");
        templates.put(
                "strip-many",
                "{% set s='a'*1000 %}{% set c='b'*400000 %}{% for i in range(1000) %}{% if s.strip(c) %}{% endif %}{% endfor %}");
        templates.put("strip-quad", "{% set s='a'*250000 %}{% set c='b'*250000+'a' %}{{ s.strip(c)|length }}");
        templates.put("trim-quad", "{% set s='a'*250000 %}{% set c='b'*250000+'a' %}{{ s|trim(c)|length }}");
        templates.put("lstrip-quad", "{% set s='a'*250000 %}{% set c='b'*250000+'a' %}{{ s.lstrip(c)|length }}");
        templates.put("in-string", "{% set s='a'*300000 %}{% set c='a'*150000+'b' %}{% if c in s %}{% endif %}");
        templates.put("replace-quad", "{% set s='a'*300000 %}{% set c='a'*150000+'b' %}{{ s.replace(c,'')|length }}");
        templates.put("count-quad", "{% set s='a'*300000 %}{{ s.count('a'*150000+'b') }}");
        templates.put("find-quad", "{% set s='a'*300000 %}{{ s.find('a'*150000+'b') }}");
        templates.put("split-quad", "{% set s='a'*300000 %}{{ s.split('a'*150000+'b')|length }}");
        templates.put(
                "removeprefix-loop",
                "{% set s='a'*300000 %}{% for i in range(100) %}{% set t=s.removeprefix(s) %}{% endfor %}");
        templates.put("eqlist", "{% set s='a'*400000 %}{% set l=[s]*90000 %}{{ l.count('a'*400000) }}");
        templates.put(
                "inlist", "{% set s='a'*200000 %}{% set t='a'*200000 %}{% if (t~'b') in [s~'c']*90000 %}{% endif %}");
        templates.put("mapkeys", "{% set ns=namespace() %}{% for i in range(100000) %}{% set ns.a=i %}{% endfor %}ok");
        templates.put("int-huge", "{{ ('9'*900000)|int }}");
        templates.put("int-huge2", "{{ ('1_'*400000~'1')|int }}");
        templates.put("float-huge", "{{ ('9'*400000)|float }}");
        templates.put("float-exp", "{{ '1e999999999'|float }}");
        templates.put("float-lit", "{{ " + "9".repeat(500000) + ".5 }}");
        templates.put("int-lit", "{{ " + "9".repeat(500000) + " }}");
        templates.put("float-dec", "{{ ('0.'~'0'*400000~'1')|float }}");
        templates.put("pow", "{{ 2**62 }} {{ 2.0**99999 }} {{ (-2)**63 }} {{ 10**-400 }} {{ 0**-1 }}");
        templates.put(
                "minlong",
                "{{ -9223372036854775807-1 }} {{ (-9223372036854775807-1)//-1 }} {{ (-9223372036854775807-1)%-1 }} {{ (-9223372036854775807-1)|abs }}");
        templates.put(
                "range-long",
                "{{ range(-9223372036854775807,9223372036854775807,9223372036854775807)|length }}{{ range(9223372036854775800,9223372036854775807)|list }}{{ range(0,10,-9223372036854775807)|list }}");
        templates.put("macro-rec", "{% macro f(n) %}{{ f(n+1) }}{% endmacro %}{{ f(0) }}");
        templates.put(
                "macro-rec2", "{% macro f(n) %}{% if n %}{{ f(n-1) }}{{ f(n-1) }}{% endif %}{% endmacro %}{{ f(60) }}");
        templates.put("macro-default", "{% macro f(a=f()) %}{% endmacro %}{{ f() }}");
        templates.put(
                "macro-mutual",
                "{% macro f() %}{{ g() }}{% endmacro %}{% macro g() %}{{ f() }}{% endmacro %}{{ f() }}");
        templates.put(
                "doubling",
                "{% set ns=namespace(s='a') %}{% for i in range(60) %}{% set ns.s=ns.s~ns.s %}{% endfor %}{{ ns.s }}");
        templates.put(
                "doublinglist",
                "{% set ns=namespace(s=['a']) %}{% for i in range(60) %}{% set ns.s=[ns.s,ns.s] %}{% endfor %}{{ ns.s }}");
    }

    private static void nest(Map<String, String> templates) {
        templates.put(
                "dl-json",
                "{% set ns=namespace(s=['a']) %}{% for i in range(60) %}{% set ns.s=[ns.s,ns.s] %}{% endfor %}{{ ns.s|tojson }}");
        templates.put(
                "dl-eq",
                "{% set ns=namespace(s=['a'],t=['a']) %}{% for i in range(60) %}{% set ns.s=[ns.s,ns.s] %}{% set ns.t=[ns.t,ns.t] %}{% endfor %}{{ ns.s==ns.t }}");
        templates.put(
                "dl-sort",
                "{% set ns=namespace(s=['a']) %}{% for i in range(60) %}{% set ns.s=[ns.s,ns.s] %}{% endfor %}{{ ns.s|sort }}");
        templates.put("nsself", "{% set ns=namespace() %}{% set ns.a=ns %}{{ ns.a.a.a }}{{ ns }}");
        templates.put("nslist", "{% set ns=namespace() %}{% set ns.a=[ns] %}{{ ns.a }}");
        templates.put("nsjson", "{% set ns=namespace() %}{% set ns.a={'x':ns} %}{{ ns.a|tojson }}");
        templates.put(
                "nseq",
                "{% set ns=namespace() %}{% set ns.a=[ns] %}{% set m=namespace() %}{% set m.a=[m] %}{{ ns.a==m.a }} {{ ns==m }}");
        templates.put(
                "deepnest-list",
                "{% set ns=namespace(s=[]) %}{% for i in range(100000) %}{% set ns.s=[ns.s] %}{% endfor %}{{ ns.s }}");
        templates.put(
                "deepnest-eq",
                "{% set ns=namespace(s=[],t=[]) %}{% for i in range(20000) %}{% set ns.s=[ns.s] %}{% set ns.t=[ns.t] %}{% endfor %}{{ ns.s==ns.t }}");
        templates.put(
                "deepnest-key",
                "{% set ns=namespace(s=[]) %}{% for i in range(20000) %}{% set ns.s=[ns.s] %}{% endfor %}{{ {ns.s:1} }}");
        templates.put(
                "deepnest-json",
                "{% set ns=namespace(s=[]) %}{% for i in range(20000) %}{% set ns.s={'a':ns.s} %}{% endfor %}{{ ns.s|tojson }}");
        templates.put(
                "deepnest-cmp",
                "{% set ns=namespace(s=[],t=[]) %}{% for i in range(20000) %}{% set ns.s=[ns.s] %}{% endfor %}{{ [ns.s,ns.s]|sort }}");
        templates.put(
                "deep-in",
                "{% set ns=namespace(s=[]) %}{% for i in range(20000) %}{% set ns.s=[ns.s] %}{% endfor %}{{ ns.s in [ns.s] }}{{ ns.s is eq(ns.s) }}{{ ns.s is sameas(ns.s) }}{{ ns.s is in([ns.s]) }}");
        templates.put("parens", "{{ " + "(".repeat(100000) + "1" + ")".repeat(100000) + " }}");
        templates.put("nots", "{{ " + "not ".repeat(100000) + "1 }}");
        templates.put("minus", "{{ " + "-".repeat(100000) + "1 }}");
        templates.put("plus-chain", "{{ 1" + "+1".repeat(200000) + " }}");
        templates.put("tilde-chain", "{{ 'a'" + "~'a'".repeat(100000) + " }}");
        templates.put("filters", "{{ 'a'" + "|upper".repeat(100000) + " }}");
        templates.put("attrs", "{{ a" + ".b".repeat(100000) + " }}");
        templates.put("items", "{{ a" + "[0]".repeat(100000) + " }}");
        templates.put("calls", "{{ a" + "()".repeat(100000) + " }}");
        templates.put("tests", "{{ a" + " is defined".repeat(100000) + " }}");
        templates.put("cmp", "{{ 1" + "<2".repeat(100000) + " }}");
        templates.put("andor", "{{ 1" + " and 1".repeat(100000) + " }}");
        templates.put("ifelse", "{{ 1" + " if 1 else 1".repeat(50000) + " }}");
        templates.put("pows", "{{ 1" + "**1".repeat(100000) + " }}");
        templates.put("ifs", "{% if 1 %}".repeat(50000) + "{% endif %}".repeat(50000));
        templates.put("fors", "{% for a in b %}".repeat(30000));
        templates.put("macros", "{% macro a() %}".repeat(30000));
        templates.put("elif", "{% if 0 %}" + "{% elif 0 %}".repeat(60000) + "{% endif %}");
        templates.put("lists", "{{ " + "[".repeat(100000) + "]".repeat(100000) + " }}");
        templates.put("dicts", "{{ " + "{'a':".repeat(100000) + "1" + "}".repeat(100000) + " }}");
        templates.put("sets", "{% set " + "a,".repeat(100000) + "b = 1 %}");
        templates.put("strings", "{{ " + "'a' ".repeat(100000) + " }}");
        templates.put("settarget", "{% set " + "(".repeat(100000) + "a" + ")".repeat(100000) + "=1 %}");
        templates.put("fortarget", "{% for " + "(".repeat(100000) + "a" + ")".repeat(100000) + " in b %}{% endfor %}");
        templates.put("filterargs", "{{ 1|default(" + "1|default(".repeat(20000) + "1" + ")".repeat(20001) + " }}");
        templates.put("opens", "{".repeat(900000));
        templates.put("rawopen", "{% raw %}" + "{%".repeat(450000));
        templates.put("rawspaces", "{% raw %}" + ("{%" + " ".repeat(1000)).repeat(900));
        templates.put("rawspaces2", "{% raw %}" + "{% ".repeat(330000));
        templates.put("comments", "{#".repeat(450000));
        templates.put("ws", " ".repeat(500000) + "{%- if 1 %}" + " ".repeat(400000) + "{% endif %}");
        templates.put("wslines", " {# #}".repeat(160000));
        templates.put("wslines2", " ".repeat(300000) + "{{1}} ".repeat(100000));
        templates.put("unterm", "{{ '" + "\\".repeat(900000));
        templates.put("bigtemplate", "x".repeat(1000001));
        templates.put("loopquad", "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}");
        templates.put("loopinline", "{% for i in range(100000) if range(100000)|length %}{% endfor %}");
        templates.put("slice", "{% for i in range(100000) %}{{ messages[::-1][::-1]|length }}{% endfor %}");
        templates.put("slices", "{% set l=range(90000)|list %}{% for i in range(1000) %}{% set x=l[i:] %}{% endfor %}");
        templates.put("strindex", "{% set s='é😀'*100000 %}{% for i in range(100000) %}{% set x=s[i] %}{% endfor %}");
        templates.put("strindexneg", "{% set s='😀'*200000 %}{% for i in range(20000) %}{% set x=s[-1] %}{% endfor %}");
        templates.put("strfirst", "{% set s='a'*900 %}{% for i in range(100000) %}{% set x=s|last %}{% endfor %}");
    }

    private static void useEverythingElse(Map<String, String> templates) {
        templates.put("strlen", "{% set s='😀'*200000 %}{% for i in range(100000) %}{% set x=s|length %}{% endfor %}");
        templates.put(
                "upper-grow",
                "{% set ns=namespace(s='ß'*100000) %}{% for i in range(5) %}{% set ns.s=ns.s|upper %}{% endfor %}{{ ns.s|length }}");
        templates.put("title", "{{ ('a '*100000)|title|length }}{{ ('ŉ'*100000).title()|length }}");
        templates.put("lowerI", "{{ ('İ'*150000)|lower|length }}");
        templates.put("center-indent", "{{ 'a'|indent(900000, true) }}");
        templates.put("indent-neg", "{{ 'a\nb'|indent(-5) }}{{ 'a'|indent(4294967297,true) }}");
        templates.put("indent-max", "{{ 'a'|indent(9223372036854775807,true) }}");
        templates.put("indentlines", "{{ ('\n'*3000)|indent(3000,true,true)|length }}");
        templates.put("jsonindent", "{{ [[[[1]]]]|tojson(indent=900000) }}");
        templates.put("jsonindent2", "{{ ([1]*1000)|tojson(indent=100000)|length }}");
        templates.put("jsonindentneg", "{{ [1]|tojson(indent=-1) }}{{ [1]|tojson(indent=9223372036854775807) }}");
        templates.put("jsonsep", "{{ ([1]*50000)|tojson(separators=('a'*20000,'b')) |length}}");
        templates.put("jsonsep2", "{{ {'a':1}|tojson(separators=[1,2]) }}");
        templates.put("jsonsort", "{{ {1:2,'a':3}|tojson(sort_keys=true) }}");
        templates.put("jsonnan", "{{ (1e308*10)|tojson }}{{ (1e308*10-1e308*10)|tojson }}");
        templates.put("jsonsur", "{{ '\\ud800'|tojson }}{{ '\\U0010ffff\\x00'|tojson }}");
        templates.put("badescape", "{{ '\\U00110000' }}");
        templates.put(
                "strftime", "{{ strftime_now('%Y'*1000)|length }}{{ strftime_now('%') }}{{ strftime_now('%Q%-%é') }}");
        templates.put("strftime-b", "{{ strftime_now('%c%x%X%p%Z%z%j%U%W%%%s%f%G%V%u%w%D%F%T%e%k%l%n%t%h%C%P%r%R') }}");
        templates.put("strftimebig", "{% set s='%A'*400000 %}{{ strftime_now(s)|length }}");
        templates.put("joinbomb", "{{ (['a'*1000]*1000)|join('b'*1000)|length }}");
        templates.put("joinmeth", "{{ ('x'*900).join(['a'*900]*900)|length }}");
        templates.put("replaceempty", "{{ ('a'*900).replace('','b'*2000)|length }}");
        templates.put("splitspaces", "{{ (' a'*200000).split()|length }}");
        templates.put("rsplit", "{{ ('a'*1000).rsplit('a')|length }}");
        templates.put("splitempty", "{{ 'a'.split('') }}");
        templates.put("splitmax", "{{ ('a b '*50000).split(' ',-9223372036854775807)|length }}");
        templates.put(
                "mul-neg",
                "{{ 'a'*-5 }}{{ [1]*-9223372036854775807 }}{{ ''*9223372036854775807 }}{{ []*9223372036854775807 }}");
        templates.put("mul-huge", "{{ 'a'*9223372036854775807 }}");
        templates.put("mullist-huge", "{{ [1]*2147483647 }}");
        templates.put("emptylist-huge", "{% for i in range(100000) %}{% set x=[]*2147483647 %}{% endfor %}");
        templates.put(
                "concatloop",
                "{% set ns=namespace(s='') %}{% for i in range(100000) %}{% set ns.s=ns.s~'aaaaaaaaaa' %}{% endfor %}");
        templates.put("nested-ns", "{% for i in range(90000) %}{% set _=namespace(a=1,b=2,c=3) %}{% endfor %}");
        templates.put(
                "dictbomb", "{% set d=dict(a=1) %}{% for i in range(90000) %}{% set d=dict(d,b=i) %}{% endfor %}");
        templates.put(
                "dictloop",
                "{% set ns=namespace(d={}) %}{% for i in range(1200) %}{% set ns.d=dict(ns.d, **{'k'~i:1}) %}{% endfor %}");
        templates.put(
                "dictcopy",
                "{% set d={" + entries(20000) + "} %}{% for i in range(90000) %}{% set x=dict(d) %}{% endfor %}");
        templates.put(
                "nscopy",
                "{% set d={" + entries(20000) + "} %}{% for i in range(90000) %}{% set x=namespace(d) %}{% endfor %}");
        templates.put(
                "dictlit",
                "{% set l=[0]*1000 %}{% for i in range(90000) %}{% set x={" + entries(1000) + "} %}{% endfor %}");
        templates.put(
                "callargs",
                "{% macro f() %}{% endmacro %}{% for i in range(90000) %}{{ f(" + "1,".repeat(1000)
                        + ") }}{% endfor %}");
        templates.put("raise", "{{ raise_exception('a'*500000) }}");
        templates.put("raise-ctl", "{{ raise_exception('\\x1b[2J') }}");
        templates.put("undef", "{{ a.b.c }}");
        templates.put("loopself", "{% for i in [1] %}{{ loop }}{{ loop.loop }}{{ loop|tojson }}{% endfor %}");
        templates.put("callself", "{{ range }}{{ range|tojson }}{{ range==range }}");
        templates.put(
                "cycle",
                "{% for i in range(50000) %}{{ loop.cycle('a','b') }}{{ loop.previtem }}{{ loop.nextitem }}{% endfor %}");
        templates.put("cycle0", "{% for i in [1] %}{{ loop.cycle() }}{% endfor %}");
        templates.put("uniquenames", "{% for i in range(100000) %}" + "{% set v=1 %}".repeat(15_000) + "{% endfor %}");
        templates.put("settuple", "{% set a,b = 'x' %}");
        templates.put("setns", "{% set a.b = 1 %}");
        templates.put("breakout", "{% break %}");
        templates.put("unknownblock", "{% include 'x' %}");
        templates.put("nul", "\0{{ '\0' }}");
        templates.put("ltmixed", "{{ 1 < 'a' }}");
        templates.put("nan", "{{ [1e308*10-1e308*10,1.0,2.0]|sort }}");
        templates.put("sortmixed", "{{ [1,'a']|sort }}");
        templates.put("contract", "{% set n=1e308*10-1e308*10 %}{{ ([n,1.0,3,2]*2000)|sort|length }}");
        templates.put("dictsort", "{{ {1:2,'a':1}|dictsort }}");
        templates.put("divzero", "{{ 1/0 }}");
        templates.put("bool", "{{ true+true }}{{ {true:1}[1] }}");
        templates.put(
                "find-long",
                "{% set s = 'ab' * 200000 %}{{ s.rfind('ab' * 100000) }}{{ s.find('ab' * 100000 ~ 'c') }}");
        templates.put(
                "unique",
                "{% set s = range(90000) | list %}{% for i in range(1000) %}{{ s | unique | length }}{% endfor %}");
        templates.put("format-width", "{{ '%999999s' % 'a' }}{{ '%9999999s' % 'a' }}");
        templates.put("format-precision", "{{ '%.999999f' % 1.5 }}");
        templates.put("format-many", "{{ ('%999s' * 90000) % ([1] * 90000) }}");
        templates.put("format-huge", "{{ '%.90f' * 20000 % (1e308,) }}");
        templates.put("from-json-deep", "{{ ('[' * 100000) | from_json }}");
        templates.put("from-json-wide", "{{ ('[' ~ '1,' * 400000 ~ '1]') | from_json | length }}");
        templates.put(
                "from-json-loop",
                "{% set s = '{\"a\":[1,2,3]}' %}{% for i in range(99999) %}{% set x = s | from_json %}{% endfor %}");
        templates.put("map-in-map", "{{ [[1]] | map(" + "'map',".repeat(5000) + "'upper') | list }}");
        templates.put(
                "scopes",
                "{% macro m(n) %}{% for i in range(90000) %}{{ nothing }}{% endfor %}{% if n %}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(40) }}");
        templates.put(
                "key-error",
                "{% set k = 'a' * 900000 %}{% for i in range(99999) %}{% if messages[0][k] %}{% endif %}{% endfor %}");
        templates.put("error-message", "{{ ['a' * 900000] | map('a' * 900000) | list }}");
        templates.put(
                "sigma", "{{ ('\u03a3' * 400000) | lower | length }}{{ (\"\u03a3'\" * 200000).lower() | length }}");
        templates.put(
                "alternating",
                "{% set ns = namespace(s='') %}{% for i in range(2000) %}{% set ns.s = ns.s ~ 'a' ~ messages[0].content[0] %}{% endfor %}{{ ns.s * 1000 }}");
    }
}
