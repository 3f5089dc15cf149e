package bitnet.server;

import bitnet.GenerationOptions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The fields of a request that say how to generate, over what the model recommends. */
final class Sampling {
    private Sampling() {}

    static GenerationOptions of(RequestBody body, GenerationOptions recommended) {
        GenerationOptions options = recommended.withMaxTokens(maxTokens(body));
        Double temperature = body.number("temperature", 0, 2);
        if (temperature != null) {
            options = options.withTemperature(temperature.floatValue());
        }
        Double topP = body.number("top_p", 0, 1);
        if (topP != null) {
            options = options.withTopP(Math.max(topP.floatValue(), Float.MIN_NORMAL));
        }
        options = options.withTopK(body.integer("top_k", options.topK(), 0, Integer.MAX_VALUE));
        Double minP = body.number("min_p", 0, 1);
        if (minP != null) {
            options = options.withMinP(minP.floatValue());
        }
        Double seed = body.number("seed", Long.MIN_VALUE, Long.MAX_VALUE);
        if (seed != null) {
            options = options.withSeed(seed.longValue());
        }
        Double frequency = body.number("frequency_penalty", -2, 2);
        Double presence = body.number("presence_penalty", -2, 2);
        return options.withFrequencyPenalty(frequency == null ? 0 : frequency.floatValue())
                .withPresencePenalty(presence == null ? 0 : presence.floatValue())
                .withLogitBias(logitBias(body))
                .withStop(stop(body));
    }

    private static Map<Integer, Float> logitBias(RequestBody body) {
        RequestBody biases = body.object("logit_bias");
        if (biases == null) {
            return Map.of();
        }
        Map<Integer, Float> byToken = new HashMap<>();
        for (String token : biases.names()) {
            Double bias = biases.number(token, -100, 100);
            if (!token.matches("\\d{1,9}") || bias == null) {
                throw RequestException.invalid(
                        "logit_bias",
                        "'logit_bias' has '" + token + "', which is not the number of a token with a bias");
            }
            byToken.put(Integer.valueOf(token), bias.floatValue());
        }
        return byToken;
    }

    private static int maxTokens(RequestBody body) {
        int most = body.integer("max_completion_tokens", 0, 1, Integer.MAX_VALUE);
        return most > 0 ? most : body.integer("max_tokens", GenerationOptions.UNLIMITED, 1, Integer.MAX_VALUE);
    }

    private static String[] stop(RequestBody body) {
        List<String> texts = new ArrayList<>();
        List<?> values = body.get("stop") instanceof String one ? List.of(one) : body.list("stop");
        for (Object value : values) {
            if (!(value instanceof String text) || text.isEmpty()) {
                throw RequestException.invalid("stop", "'stop' has to be a text that is not empty, or several");
            }
            texts.add(text);
        }
        if (texts.size() > 16) {
            throw RequestException.invalid("stop", "'stop' has " + texts.size() + " texts; at most 16 are taken");
        }
        return texts.toArray(String[]::new);
    }
}
