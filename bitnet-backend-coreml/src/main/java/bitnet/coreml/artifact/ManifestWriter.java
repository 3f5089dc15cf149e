package bitnet.coreml.artifact;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Writes manifests as JSON: the same manifest, the same bytes, on every platform. */
final class ManifestWriter {
    private final JsonGenerator json;

    private ManifestWriter(JsonGenerator json) {
        this.json = json;
    }

    static void write(Manifest manifest, Path file) throws IOException {
        try (BufferedWriter text = Files.newBufferedWriter(file);
                JsonGenerator json = new JsonFactory().createGenerator(text)) {
            json.setPrettyPrinter(new DefaultPrettyPrinter(Separators.createDefaultInstance())
                    .withObjectIndenter(new DefaultIndenter("  ", "\n")));
            new ManifestWriter(json).manifest(manifest);
            json.writeRaw('\n');
        }
    }

    private void manifest(Manifest manifest) throws IOException {
        json.writeStartObject();
        json.writeNumberField("version", Manifest.VERSION);
        json.writeStringField("exporter", manifest.exporter());
        json.writeStringField("model", manifest.model());
        json.writeStringField("fingerprint", manifest.fingerprint());
        json.writeNumberField("context", manifest.context());
        json.writeNumberField("prefill_batch", manifest.prefillBatch());
        json.writeStringField("compute", manifest.compute());
        json.writeStringField("head", word(manifest.head()));
        json.writeBooleanField("exact_activations", manifest.exactActivations());
        json.writeNumberField("residual_scale", manifest.residualScale());
        json.writeNumberField("mask_value", manifest.maskValue());
        json.writeArrayFieldStart("packages");
        for (ModelPackage one : manifest.packages()) {
            modelPackage(one);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void modelPackage(ModelPackage one) throws IOException {
        json.writeStartObject();
        json.writeStringField("file", one.file());
        json.writeStringField("role", word(one.role()));
        json.writeNumberField("first", one.first());
        json.writeNumberField("count", one.count());
        json.writeNumberField("bytes", one.bytes());
        json.writeStringField("sha256", one.sha256());
        json.writeArrayFieldStart("functions");
        for (Function function : one.functions()) {
            json.writeStartObject();
            json.writeStringField("name", function.name());
            features("inputs", function.inputs());
            features("outputs", function.outputs());
            features("states", function.states());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void features(String name, List<Feature> features) throws IOException {
        json.writeArrayFieldStart(name);
        for (Feature feature : features) {
            json.writeStartObject();
            json.writeStringField("name", feature.name());
            json.writeStringField("type", word(feature.type()));
            json.writeArrayFieldStart("shape");
            for (int dimension : feature.shape()) {
                json.writeNumber(dimension);
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    /** How a constant is written. */
    static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
