package bitnet.constraint;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.InvalidConstraintException;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The public JSON Schema test suite, draft 2020-12 (json-schema-org/JSON-Schema-Test-Suite, MIT licence), but for files that need
 * other documents. A schema of it is either refused or followed, and what is followed never takes an invalid text.
 */
class JsonSchemaTestSuiteTest {
    private static final JsonMapper JSON = new JsonMapper();

    private record Group(String name, JsonNode tests, String schema) {}

    private static List<Group> groups() throws Exception {
        Path directory = Path.of(JsonSchemaTestSuiteTest.class
                .getResource("json-schema-test-suite")
                .toURI());
        List<Group> groups = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file :
                    files.filter(f -> f.toString().endsWith(".json")).sorted().toList()) {
                read(file)
                        .forEach(group -> groups.add(new Group(
                                file.getFileName() + ": "
                                        + group.get("description").asString(),
                                group.get("tests"),
                                group.get("schema").toString())));
            }
        }
        return groups;
    }

    private static JsonNode read(Path file) {
        try {
            return JSON.readTree(Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Optional<TokenConstraint> constraint(Group group) {
        try {
            return Optional.of(TokenConstraint.jsonSchema(group.schema()));
        } catch (InvalidConstraintException _) {
            return Optional.empty();
        }
    }

    @Test
    void whatIsFollowedTakesNothingInvalid() throws Exception {
        int followed = 0;
        int taken = 0;
        for (Group group : groups()) {
            Optional<TokenConstraint> constraint = constraint(group);
            followed += constraint.isPresent() ? 1 : 0;
            for (JsonNode test : constraint.isPresent() ? group.tests() : JSON.createArrayNode()) {
                String text = test.get("data").toString();
                boolean takes = Answers.takes(constraint.orElseThrow(), text);
                taken += takes ? 1 : 0;
                if (!test.get("valid").asBoolean()) {
                    assertThat(takes)
                            .as("%s, %s by %s", group.name(), text, group.schema())
                            .isFalse();
                }
            }
        }
        // valid texts may be left out, such as values of types that a schema does not speak of
        assertThat(followed).isGreaterThan(150);
        assertThat(taken).isGreaterThan(230);
    }

    @Test
    void answersAreValid() throws Exception {
        SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
        for (Group group : groups()) {
            Optional<TokenConstraint> constraint = constraint(group);
            if (constraint.isPresent()) {
                var answers = new Answers(constraint.get(), 1);
                for (int i = 0; i < 10; i++) {
                    String answer = answers.random();
                    assertThat(registry.getSchema(group.schema(), InputFormat.JSON)
                                    .validate(answer, InputFormat.JSON))
                            .as("%s, %s by %s", group.name(), answer, group.schema())
                            .isEmpty();
                }
            }
        }
    }
}
