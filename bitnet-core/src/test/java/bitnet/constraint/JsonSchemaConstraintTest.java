package bitnet.constraint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.InvalidConstraintException;
import bitnet.ToolSpec;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** JSON schemas, with another program's validator as judge of the answers. */
class JsonSchemaConstraintTest {
    private static final SchemaRegistry REGISTRY =
            SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    @Test
    void answersToRandomSchemasAreValid() {
        for (int seed = 0; seed < 200; seed++) {
            String schema = RandomSchema.of(seed);
            var answers = new Answers(TokenConstraint.jsonSchema(schema), seed);
            Schema judge = REGISTRY.getSchema(schema, InputFormat.JSON);
            for (int i = 0; i < 5; i++) {
                String answer = answers.random();
                assertThat(judge.validate(
                                answer,
                                InputFormat.JSON,
                                context -> context.executionConfig(config -> config.formatAssertionsEnabled(true))))
                        .as("%s by %s", answer, schema)
                        .isEmpty();
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'type':'integer','minimum':-3,'maximum':12}       | -3 -2 -1 0 5 9 10 12      | -4 13 20 -10 1.0 01",
                "{'type':'integer','exclusiveMinimum':0}            | 1 9 10 123456789             | 0 -1 00",
                "{'type':'integer','maximum':-7}                    | -7 -8 -10 -99                | -6 0 7 -1",
                "{'type':'number','minimum':0.5,'maximum':1.25}     | 0.5 0.50 0.7 1 1.0 1.25 1.249 1.2500 | 0.4 0.49 1.251 1.3 2 0 .5",
                "{'type':'number','exclusiveMinimum':-1,'exclusiveMaximum':1} | -0.99 0 0.5 0.999999 | -1 1 1.0 -1.0",
                "{'type':'number','minimum':99.5}                   | 99.5 99.50 100 250 12345.25  | 99.4 99 9 1",
                "{'type':'number','maximum':100}                    | 100 99.999 -5 0 -1000000     | 100.1 101 1000",
                "{'const':1.50}                                     | 1.50                         | 1.5 2",
                "{'enum':['a','é',null]}                            | \"a\" \"é\" null             | \"b\" a",
                "{'type':'string','minLength':2,'maxLength':3}      | \"ab\" \"a日\" \"\\n\\u00e9x\" | \"a\" \"abcd\" \"\\ud800x\"",
                "{'type':'string','pattern':'b+'}                   | \"b\" \"abc\" \"\\\"bb\"      | \"a\" \"\"",
                "{'type':'array','items':{'type':'null'},'minItems':1,'maxItems':2} | [null] [null,null] | [] [null,null,null] [1]",
                "{'type':'array','prefixItems':[{'const':1},{'const':2}],'items':false} | [] [1] [1,2] | [2] [1,2,3]",
                "{'type':'object','properties':{'a':{'const':1},'b':{'const':2}},'required':['b'],'additionalProperties':false} | {\"a\":1,\"b\":2} {\"b\":2} | {} {\"a\":1} {\"b\":2,\"a\":1} {,\"b\":2} {\"a\":1\"b\":2}",
                "{'type':'object','additionalProperties':{'type':'null'},'maxProperties':1} | {} {\"x\":null} | {\"x\":1} {\"x\":null,\"y\":null}",
                "{'type':'object','required':['x']}                 | {\"x\":1} {\"x\":[]}          | {} {\"y\":1}",
                "{}                                                 | 1 \"a\" [] {} [{\"a\":[1,true]}] null | a [,] {\"a\"}",
                "{'$ref':'#/$defs/n','$defs':{'n':{'anyOf':[{'type':'null'},{'type':'array','items':{'$ref':'#/$defs/n'}}]}}} | null [] [[[]],null] | [1] [[]",
            })
    void takesValidTextsOnly(String schema, String valid, String invalid) {
        TokenConstraint constraint = TokenConstraint.jsonSchema(schema.replace('\'', '"'));
        for (String text : valid.split(" ")) {
            assertThat(Answers.takes(constraint, text)).as("takes %s", text).isTrue();
        }
        for (String text : invalid.split(" ")) {
            assertThat(Answers.takes(constraint, text)).as("takes %s", text).isFalse();
        }
    }

    @Test
    void blanksStandBehindColonsAndCommasOnly() {
        TokenConstraint constraint = TokenConstraint.jsonSchema("{\"type\":\"object\",\"required\":[\"a\",\"b\"]}");
        assertThat(Answers.takes(constraint, "{\"a\": 1, \"b\": [1, 2]}")).isTrue();
        assertThat(Answers.takes(constraint, "{ \"a\":1,\"b\":2}")).isFalse();
        assertThat(Answers.takes(constraint, "{\"a\":  1,\"b\":2}")).isFalse();
        assertThat(Answers.takes(constraint, "{\"a\":1,\"b\":2} ")).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'not':{'type':'null'}}                              | not",
                "{'type':'array','uniqueItems':true}                  | uniqueItems",
                "{'type':'number','multipleOf':0.1}                   | multipleOf",
                "{'type':'object','patternProperties':{'a':{}}}       | patternProperties",
                "{'patternProperties':{'a':{}}}                       | patternProperties",
                "{'uniqueItems':true}                                 | uniqueItems",
                "{'contains':{}}                                      | contains",
                "{'if':false,'else':{'const':1}}                      | if",
                "{'enum':[[1,1]],'uniqueItems':true}                  | uniqueItems",
                "{'properties':{'a':{}},'unevaluatedProperties':false} | unevaluatedProperties",
                "{'allOf':[{'prefixItems':[{}]}],'items':{'type':'null'}} | prefixItems",
                "{'oneOf':[{'minimum':1},{'type':'string'}]}          | oneOf",
                "{'oneOf':[{'minimum':1},{'const':'x'}]}              | oneOf",
                "{'oneOf':[{'const':[1.0]},{'const':[1]}]}            | oneOf",
                "{'type':'string','pattern':'a','minLength':3}        | minLength",
                "{'properties':{'x':{'$ref':'#/$defs/y'}}}            | #/properties/x/$ref",
                "{'$ref':'http://example.org/schema'}                 | $ref",
                "{'type':'text'}                                      | #/type",
                "{'type':'string','minLength':-1}                     | #/minLength",
                "{'oneOf':[{'type':'number'},{'type':'integer'}]}     | oneOf",
                "{'type':'object','required':['a'],'additionalProperties':false} | no text",
                "{'type':'object','properties':{'a':{'$ref':'#'}},'required':['a']} | no text",
                "{'allOf':[{'$ref':'#'}]}                             | without end",
                "{'type':'string','maxLength':1000000}                | steps",
                "[]                                                   | expected an object",
                "{'type':                                             | not JSON",
            })
    void whatCannotBeFollowedIsNamed(String schema, String named) {
        assertThatThrownBy(() -> TokenConstraint.jsonSchema(schema.replace('\'', '"')))
                .isInstanceOf(InvalidConstraintException.class)
                .hasMessageContaining(named);
    }

    @Test
    void addressesLookLikeAddresses() {
        // the judge also wants a top-level domain that is registered
        var answers = new Answers(TokenConstraint.jsonSchema("{\"type\":\"string\",\"format\":\"email\"}"), 1);
        for (int i = 0; i < 50; i++) {
            assertThat(answers.random()).matches("\"[\\w.+-]+@[a-z][a-z0-9]*(\\.[a-z]+)+\"");
        }
    }

    @Test
    void deepNestingIsBounded() {
        TokenConstraint constraint = TokenConstraint.jsonSchema("{\"items\":{\"$ref\":\"#\"},\"type\":\"array\"}");
        assertThat(Answers.takes(constraint, "[".repeat(100) + "]".repeat(100))).isTrue();
        assertThat(Answers.takes(constraint, "[".repeat(1000) + "]".repeat(1000)))
                .isFalse();
    }

    @Test
    void callsOfToolsFollowTheSchemasOfTheirArguments() {
        var add = new ToolSpec(
                "add",
                "",
                "{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#/$defs/n\"},\"b\":{\"$ref\":\"#/$defs/n\"}},"
                        + "\"required\":[\"a\",\"b\"],\"$defs\":{\"n\":{\"type\":\"integer\"}}}");
        var tree = new ToolSpec(
                "tree",
                "",
                "{\"properties\":{\"child\":{\"$ref\":\"#\"}},\"additionalProperties\":{\"const\":\"$ref\"}}");
        var call = TokenConstraint.toolCall(
                List.of(add, tree, new ToolSpec("now", "", "{\"type\":\"object\",\"properties\":{}}")));
        for (String taken : List.of(
                "{\"name\":\"add\",\"arguments\":{\"a\":1,\"b\":-2}}",
                "{\"name\":\"tree\",\"arguments\":{\"child\":{\"child\":{}}}}",
                "{\"name\":\"now\",\"arguments\":{}}")) {
            assertThat(Answers.takes(call, taken)).as(taken).isTrue();
        }
        for (String refused : List.of(
                "{\"name\":\"add\",\"arguments\":{\"a\":1}}",
                "{\"name\":\"add\",\"arguments\":{\"a\":1,\"b\":2,\"c\":3}}",
                "{\"name\":\"sub\",\"arguments\":{}}",
                "{\"name\":\"now\",\"arguments\":{\"x\":1}}",
                "{\"name\":\"tree\",\"arguments\":[]}",
                "{\"name\":\"tree\"}")) {
            assertThat(Answers.takes(call, refused)).as(refused).isFalse();
        }
        assertThat(call)
                .isEqualTo(TokenConstraint.toolCall(List.of(
                        add, tree, new ToolSpec("now", "other words", "{\"type\":\"object\",\"properties\":{}}"))));
        assertThat(call).isNotEqualTo(TokenConstraint.toolCall(List.of(add)));
        assertThatThrownBy(() -> TokenConstraint.toolCall(List.of())).isInstanceOf(InvalidConstraintException.class);
        assertThatThrownBy(() -> TokenConstraint.toolCall(List.of(new ToolSpec("t", "", "[]"))))
                .isInstanceOf(InvalidConstraintException.class)
                .hasMessageContaining("tool t");
        assertThatThrownBy(() -> TokenConstraint.toolCall(List.of(new ToolSpec("t", "", "{\"not\":{}}"))))
                .isInstanceOf(InvalidConstraintException.class)
                .hasMessageContaining("'not'");
    }

    @Test
    void anAnswerMayBeACallFirst() {
        var add = new ToolSpec("add", "", "{\"properties\":{\"a\":{\"type\":\"integer\"}},\"required\":[\"a\"]}");
        var animal =
                TokenConstraint.jsonSchema("{\"type\":\"object\",\"properties\":{\"names\":{\"$ref\":\"#/$defs/n\"}},"
                        + "\"required\":[\"names\"],\"$defs\":{\"n\":{\"type\":\"boolean\"}}}");
        TokenConstraint either = TokenConstraint.toolCallOr(List.of(add), animal);
        String call = "{\"name\":\"add\",\"arguments\":{\"a\":1}}";
        for (String taken : List.of(call, "<tool_call>\n" + call + "\n</tool_call>", "{\"names\":true}")) {
            assertThat(Answers.takes(either, taken)).as(taken).isTrue();
        }
        for (String refused :
                List.of("<tool_call>\n{\"names\":true}", "<tool_call>\n" + call, "{\"name\":true}", "{}")) {
            assertThat(Answers.takes(either, refused)).as(refused).isFalse();
        }
        assertThat(either.tools()).containsExactly("add");
        assertThat(either.isJsonSchema()).isFalse();
        assertThat(either).isEqualTo(TokenConstraint.toolCallOr(List.of(add), animal));
        assertThat(either).isNotEqualTo(TokenConstraint.toolCallOr(List.of(add), TokenConstraint.regex("a")));
        assertThatThrownBy(() -> TokenConstraint.toolCallOr(List.of(add), either))
                .isInstanceOf(IllegalArgumentException.class);
        for (long seed = 0; seed < 50; seed++) {
            String answer = new Answers(either, seed).random();
            assertThat(Answers.takes(either, answer)).as(answer).isTrue();
        }
    }

    @Test
    void anIntegerOf32BitsStaysWithinThem() {
        var constraint = TokenConstraint.jsonSchema("{\"type\":\"integer\",\"format\":\"int32\"}");
        for (String taken : List.of("0", "2147483647", "-2147483648", "-2147483600", "999999999")) {
            assertThat(Answers.takes(constraint, taken)).as(taken).isTrue();
        }
        for (String refused : List.of("2147483648", "-2147483649", "9999999999", "1.0")) {
            assertThat(Answers.takes(constraint, refused)).as(refused).isFalse();
        }
        var bounded = TokenConstraint.jsonSchema("{\"type\":\"integer\",\"format\":\"int32\",\"minimum\":7}");
        assertThat(Answers.takes(bounded, "7")).isTrue();
        assertThat(Answers.takes(bounded, "6")).isFalse();
        assertThat(Answers.takes(bounded, "2147483648")).isFalse();
    }
}
