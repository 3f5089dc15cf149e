package bitnet.constraint;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Random JSON schemas of all keywords that are followed. */
final class RandomSchema {
    private static final List<String> NAMES = List.of("a", "name", "b c", "\\\"q\\\"", "é", "日本", "x/y~z", "type");

    private final Random random;

    private RandomSchema(long seed) {
        random = new Random(seed);
    }

    static String of(long seed) {
        var schema = new RandomSchema(seed);
        String shared = "\"$defs\":{\"leaf\":" + schema.leaf()
                + ",\"list\":{\"type\":\"object\",\"properties\":{\"next\":{\"$ref\":\"#/$defs/list\"},"
                + "\"value\":{\"$ref\":\"#/$defs/leaf\"}},\"required\":[\"value\"],\"additionalProperties\":false}}";
        return "{" + shared + "," + schema.value(3).substring(1);
    }

    private String value(int depth) {
        return depth == 0
                ? leaf()
                : switch (random.nextInt(10)) {
                    case 0, 1, 2, 3 -> object(depth);
                    case 4, 5 -> array(depth);
                    case 6 -> "{\"anyOf\":[" + value(depth - 1) + "," + value(depth - 1) + "]}";
                    case 7 ->
                        "{\"oneOf\":[{\"type\":\"object\",\"properties\":{\"kind\":{\"const\":1}},\"required\":[\"kind\"]},"
                                + "{\"type\":\"object\",\"properties\":{\"kind\":{\"const\":\"two\"},\"more\":"
                                + value(depth - 1)
                                + "},\"required\":[\"kind\",\"more\"]},{\"type\":[\"null\",\"boolean\"]}]}";
                    case 8 -> "{\"$ref\":\"#/$defs/" + (random.nextBoolean() ? "leaf" : "list") + "\"}";
                    default ->
                        "{\"allOf\":[" + object(depth)
                                + ",{\"type\":\"object\",\"required\":[\"added\"],\"properties\":{\"added\":" + leaf()
                                + "}}]}";
                };
    }

    private String object(int depth) {
        List<String> names = new ArrayList<>(NAMES);
        Collections.shuffle(names, random);
        names = names.subList(0, 1 + random.nextInt(4));
        String properties = names.stream()
                .map(name -> "\"" + name + "\":" + value(depth - 1))
                .collect(Collectors.joining(","));
        String required = names.stream()
                .filter(_ -> random.nextBoolean())
                .map(name -> "\"" + name + "\"")
                .collect(Collectors.joining(","));
        return "{\"type\":\"object\",\"properties\":{" + properties + "},\"required\":[" + required + "]}";
    }

    private String array(int depth) {
        int min = random.nextInt(3);
        String prefix = random.nextInt(3) > 0 ? "" : ",\"prefixItems\":[" + leaf() + "," + leaf() + "]";
        return "{\"type\":\"array\",\"items\":" + value(depth - 1) + ",\"minItems\":" + min + ",\"maxItems\":"
                + (min + random.nextInt(4)) + prefix + "}";
    }

    private String leaf() {
        return switch (random.nextInt(12)) {
            case 0 -> "{\"type\":\"boolean\",\"description\":\"yes or no\"}";
            case 1 -> "{\"type\":\"null\"}";
            case 2 -> "{\"type\":\"string\"}";
            case 3 ->
                "{\"type\":\"string\",\"minLength\":" + random.nextInt(3) + ",\"maxLength\":" + (3 + random.nextInt(5))
                        + "}";
            case 4 ->
                "{\"type\":\"string\",\"pattern\":\""
                        + pick("^[a-z]{2,5}$", "\\\\d+", "^\\\"?(é|\\\\n)+", "[0-9a-z ]$", "^(a|b)|[a-z]{2}$") + "\"}";
            case 5 ->
                "{\"type\":\"string\",\"format\":\"" + pick("date", "date-time", "uuid", "ipv4", "time", "duration")
                        + "\"}";
            case 6 -> "{\"enum\":[1,\"two\",null,[3,{\"four\":4.50}],-0.5e3]}";
            case 7 -> "{\"const\":\"a \\\"quoted\\\" \\\\ \\u0001 constant\"}";
            case 8 -> "{\"type\":\"integer\"" + bounds(1) + "}";
            case 9 -> "{\"type\":\"number\"" + bounds(0.37) + "}";
            case 10 -> "{\"type\":[\"integer\",\"null\",\"string\"]}";
            default -> "{\"type\":\"number\"}";
        };
    }

    private String bounds(double unit) {
        double least = (random.nextInt(2001) - 1000) * unit;
        double width = (random.nextInt(4) == 0 ? 3 : random.nextInt(100_000)) * unit + unit;
        String low = "\"" + pick("minimum", "exclusiveMinimum") + "\":" + decimal(least);
        String high = "\"" + pick("maximum", "exclusiveMaximum") + "\":" + decimal(least + 2 * width);
        return IntStream.range(0, 2)
                .filter(_ -> random.nextInt(4) > 0)
                .mapToObj(i -> "," + (i == 0 ? low : high))
                .collect(Collectors.joining());
    }

    private static String decimal(double value) {
        return BigDecimal.valueOf(Math.round(value * 100), 2).toPlainString();
    }

    private String pick(String... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
