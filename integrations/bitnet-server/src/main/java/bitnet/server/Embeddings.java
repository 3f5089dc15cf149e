package bitnet.server;

import bitnet.Embedding;
import bitnet.EmbeddingModel;
import bitnet.EmbeddingOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code POST /v1/embeddings}, as OpenAI documents it; {@code prompt_name} chooses what the model's files want in front of texts. */
final class Embeddings {
    private static final int MOST_TEXTS = 2048;

    private final @Nullable EmbeddingModel model;

    Embeddings(@Nullable EmbeddingModel model) {
        this.model = model;
    }

    void answer(Exchange exchange) {
        EmbeddingModel embeds = model;
        if (embeds == null) {
            throw new RequestException(
                    404,
                    "invalid_request_error",
                    "no embedding model is served here: bitnet serve --embedding-model FILE",
                    "model",
                    "model_not_found");
        }
        RequestBody body = RequestBody.parse(exchange.body());
        boolean base64 = isBase64(body);
        EmbeddingOptions options = EmbeddingOptions.defaults();
        if (body.get("dimensions") != null) {
            options = options.withDimensions(body.integer("dimensions", 1, 1, embeds.dimensions()));
        }
        String prompt = body.string("prompt_name");
        if (prompt != null) {
            options = options.withPromptName(prompt);
        }
        List<Embedding> embeddings = embed(embeds, body.get("input"), options);
        int tokens = embeddings.stream().mapToInt(Embedding::tokens).sum();
        exchange.send(
                200,
                "application/json",
                JsonText.of(json -> json.object(() -> {
                    json.field("object", "list");
                    json.array("data", () -> {
                        for (int i = 0; i < embeddings.size(); i++) {
                            int index = i;
                            json.object(() ->
                                    vector(json, index, embeddings.get(index).vector(), base64));
                        }
                    });
                    json.field("model", embeds.info().name());
                    json.object("usage", () -> {
                        json.field("prompt_tokens", tokens);
                        json.field("total_tokens", tokens);
                    });
                })));
    }

    private static boolean isBase64(RequestBody body) {
        return switch (body.string("encoding_format")) {
            case null -> false;
            case "float" -> false;
            case "base64" -> true;
            default -> throw RequestException.unsupported(body.path("encoding_format"));
        };
    }

    /** A text, texts, the tokens of a text, or those of several. */
    private static List<Embedding> embed(EmbeddingModel model, @Nullable Object input, EmbeddingOptions options) {
        List<?> inputs = input instanceof List<?> list ? list : input == null ? List.of() : List.of(input);
        if (inputs.isEmpty() || (inputs.size() > MOST_TEXTS && !(inputs.getFirst() instanceof Double))) {
            throw RequestException.invalid(
                    "input", "'input' is missing or empty, or has more than " + MOST_TEXTS + " texts");
        }
        return switch (inputs.getFirst()) {
            case String _ -> {
                List<String> texts = new ArrayList<>();
                for (Object text : inputs) {
                    texts.add(text instanceof String string ? string : mixed());
                }
                yield model.embed(texts, options);
            }
            case Double _ -> List.of(model.embed(tokens(inputs), options));
            case List<?> _ -> {
                List<int[]> texts = new ArrayList<>();
                for (Object text : inputs) {
                    texts.add(tokens(text instanceof List<?> list ? list : List.of(mixed())));
                }
                yield model.embedTokens(texts, options);
            }
            case null, default -> List.of(model.embed(mixed(), options));
        };
    }

    private static int[] tokens(List<?> numbers) {
        int[] tokens = new int[numbers.size()];
        for (int i = 0; i < tokens.length; i++) {
            if (!(numbers.get(i) instanceof Double number) || number != number.intValue()) {
                mixed();
                continue;
            }
            tokens[i] = number.intValue();
        }
        return tokens;
    }

    private static String mixed() {
        throw RequestException.invalid("input", "'input' is a text, a list of texts, or lists of tokens");
    }

    private static void vector(JsonText json, int index, float[] vector, boolean base64) {
        json.field("object", "embedding");
        json.field("index", index);
        if (base64) {
            ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * vector.length).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asFloatBuffer().put(vector);
            json.field("embedding", Base64.getEncoder().encodeToString(bytes.array()));
        } else {
            json.array("embedding", () -> {
                for (float value : vector) {
                    json.element(value);
                }
            });
        }
    }
}
