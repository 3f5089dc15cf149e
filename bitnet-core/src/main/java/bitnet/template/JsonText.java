package bitnet.template;

import bitnet.ModelFormatException;
import bitnet.json.JsonReader;
import bitnet.tokenizer.PromptText;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;

/** JSON as values: what {@code from_json} gives. Its strings are the template's only if the template wrote all of the text. */
final class JsonText {
    private final JsonReader in;
    private final boolean template;
    private final Budget budget;

    private JsonText(JsonReader in, boolean template, Budget budget) {
        this.in = in;
        this.template = template;
        this.budget = budget;
    }

    static Object parse(PromptText json, Budget budget) {
        budget.work(16L * json.length());
        budget.text(3L * json.length());
        byte[] document = json.text().getBytes(StandardCharsets.UTF_8);
        try (JsonReader in = JsonReader.of("JSON", document)) {
            Object value = new JsonText(in, json.isTemplate(0, json.length()), budget).value();
            in.end();
            return value;
        } catch (ModelFormatException e) {
            throw new TemplateError("from_json: " + e.getMessage());
        }
    }

    private Object value() {
        budget.enter();
        budget.element();
        Object value;
        if (in.isObject()) {
            var map = new LinkedHashMap<Object, Object>();
            in.beginObject();
            for (String field = in.nextField(); field != null; field = in.nextField()) {
                budget.entry();
                map.put(text(field), value());
            }
            value = map;
        } else if (in.isArray()) {
            var list = new ArrayList<Object>();
            in.beginArray();
            while (in.nextElement()) {
                list.add(value());
            }
            value = list;
        } else if (in.isString()) {
            value = text(in.string());
        } else if (in.isWhole()) {
            value = in.integer(Long.MIN_VALUE, Long.MAX_VALUE);
        } else if (in.isNumber()) {
            value = in.number();
        } else {
            value = in.isNull() ? None.NONE : (Object) in.bool();
        }
        budget.leave();
        return value;
    }

    private PromptText text(String s) {
        budget.text(s.length());
        return template ? PromptText.template(s) : PromptText.user(s);
    }
}
