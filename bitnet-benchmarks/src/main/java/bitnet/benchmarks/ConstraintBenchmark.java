package bitnet.benchmarks;

import bitnet.constraint.CompiledConstraint;
import bitnet.constraint.ConstraintCompiler;
import bitnet.constraint.Follower;
import bitnet.constraint.TokenConstraint;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a constraint adds to a token with a vocabulary of 128256: the tokens that are allowed, whether any is, those that are forced, and
 * the step that the chosen one makes. Answers are random ones of each constraint, replayed.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
@SuppressWarnings("NullAway.Init") // set up before each trial
public class ConstraintBenchmark {
    private static final String RECORD = """
            {"type":"object","additionalProperties":false,"required":["name","age","kind","address","tags"],"properties":{
              "name":{"type":"string"},"age":{"type":"integer","minimum":0,"maximum":150},
              "kind":{"enum":["customer","supplier","employee"]},"email":{"type":"string","format":"email"},
              "address":{"type":"object","required":["street","city"],"additionalProperties":false,"properties":{
                "street":{"type":"string"},"city":{"type":"string"},"zip":{"type":"string","pattern":"^[0-9]{5}$"}}},
              "tags":{"type":"array","maxItems":5,"items":{"type":"string","maxLength":20}}}}
            """;
    private static final String TREE = """
            {"$ref":"#/$defs/node","$defs":{"node":{"type":"object","required":["value","children"],
              "additionalProperties":false,"properties":{"value":{"type":"number"},
              "children":{"type":"array","items":{"$ref":"#/$defs/node"}}}}}}
            """;
    private static final int ANSWERS = 16;
    private static final int MOST_TOKENS = 200;

    /** What answers have to follow. */
    @Param({"record", "tree", "regex", "json"})
    public String grammar = "record";

    private final WordTokenizer tokenizer = new WordTokenizer();
    private final ConstraintCompiler compiler = new ConstraintCompiler(tokenizer);
    private int[] answer;
    private int[][] answers;
    private CompiledConstraint constraint;
    private Follower follower;
    private int at;
    private int number;

    private static TokenConstraint constraint(String grammar, int version) {
        return switch (grammar) {
            case "record" -> TokenConstraint.jsonSchema(RECORD + " ".repeat(version));
            case "tree" -> TokenConstraint.jsonSchema(TREE + " ".repeat(version));
            case "json" -> TokenConstraint.jsonSchema("{\"type\":\"object\"}" + " ".repeat(version));
            default ->
                TokenConstraint.regex("(Yes|No), because [a-z ]{10,80}\\. \\d{4}-\\d\\d-\\d\\d" + "()".repeat(version));
        };
    }

    /** Makes answers, whose states are known then. */
    @Setup
    public void setUp() {
        constraint = compiler.compile(constraint(grammar, 0));
        Random random = new Random(1);
        answers = new int[ANSWERS][];
        Arrays.setAll(answers, _ -> answer(constraint.follow(), random));
        begin();
    }

    private int[] answer(Follower follower, Random random) {
        int[] tokens = new int[MOST_TOKENS];
        for (int length = 0; length < MOST_TOKENS; length++) {
            int token = follower.mustEnd() ? WordTokenizer.END : choose(follower.allowed(), random);
            if (token == WordTokenizer.END) {
                return Arrays.copyOf(tokens, length);
            }
            follower.accept(token);
            tokens[length] = token;
        }
        return tokens;
    }

    /** A token of all that are allowed, each as likely. */
    private static int choose(long[] allowed, Random random) {
        int count = 0;
        for (long tokens : allowed) {
            count += Long.bitCount(tokens);
        }
        int left = random.nextInt(count);
        for (int i = 0; ; i++) {
            int here = Long.bitCount(allowed[i]);
            if (left < here) {
                long tokens = allowed[i];
                for (; left > 0; left--) {
                    tokens &= tokens - 1;
                }
                return (i << 6) + Long.numberOfTrailingZeros(tokens);
            }
            left -= here;
        }
    }

    private void begin() {
        answer = answers[number++ % ANSWERS];
        follower = constraint.follow();
        at = 0;
    }

    /** One token over states that earlier answers have been in. */
    @Benchmark
    public long known() {
        if (at == answer.length) {
            begin();
        }
        return step();
    }

    /** One token where every answer has a constraint of its own, which is compiled for it. */
    @Benchmark
    public long first() {
        if (at == answer.length) {
            constraint = compiler.compile(constraint(grammar, number + 1));
            begin();
        }
        return step();
    }

    private long step() {
        long[] allowed = follower.allowed();
        follower.accept(answer[at++]);
        return allowed[0] + (follower.isStuck() ? 1 : 0) + follower.forced().length;
    }
}
