package bitnet.cli;

import bitnet.GenerationOptions;
import bitnet.constraint.TokenConstraint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say what form an answer has to have; one of them at most. */
final class ConstraintOptions {
    private static final long MAX_BYTES = 1 << 20;

    @Option(
            names = "--json-schema",
            paramLabel = "FILE",
            description = "Answer with JSON that is valid for the schema in this file.")
    private @Nullable Path jsonSchema;

    @Option(
            names = "--regex",
            paramLabel = "REGEX",
            description = "Answer with a text that matches this regular expression as a whole.")
    private @Nullable String regex;

    @Option(
            names = "--grammar",
            paramLabel = "FILE",
            description =
                    "Answer with a text that the grammar in this file allows. It is in GBNF and starts at the rule root.")
    private @Nullable Path grammar;

    /**
     * The options with the constraint that was asked for.
     *
     * @throws UsageException if there are several
     * @throws bitnet.InvalidConstraintException if it cannot be followed
     */
    GenerationOptions over(GenerationOptions options) throws IOException {
        if ((jsonSchema == null ? 0 : 1) + (regex == null ? 0 : 1) + (grammar == null ? 0 : 1) > 1) {
            throw new UsageException("an answer has one form: give one of --json-schema, --regex and --grammar");
        }
        if (jsonSchema != null) {
            return options.withConstraint(TokenConstraint.jsonSchema(read(jsonSchema)));
        }
        if (grammar != null) {
            return options.withConstraint(TokenConstraint.gbnf(read(grammar)));
        }
        return regex == null ? options : options.withConstraint(TokenConstraint.regex(regex));
    }

    private static String read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new UsageException(file + (Files.exists(file) ? " is not a regular file" : " does not exist"));
        }
        if (Files.size(file) > MAX_BYTES) {
            throw new UsageException(file + " has more than " + MAX_BYTES + " bytes");
        }
        return Files.readString(file, StandardCharsets.UTF_8);
    }
}
