package bitnet.inspect;

import bitnet.BitNetException;
import bitnet.PoolingType;
import bitnet.gguf.GgufArchitecture;
import bitnet.gguf.GgufModel;
import bitnet.gguf.GgufTensorType;
import bitnet.gguf.I2sDiagnosis;
import bitnet.inspect.Finding.Severity;
import bitnet.model.Pooling;
import bitnet.tokenizer.TokenizerSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Looks at what a GGUF file says about itself, and at what it does not say: the layout of I2_S, sub-norms, the activation, the
 * pre-tokenizer, the tokens that end an answer.
 */
public final class GgufInspection {
    /** Layers whose weights are looked at for their layout. */
    private static final int LAYOUT_LAYERS = 4;

    private static final String PRE = "tokenizer.ggml.pre";

    private final GgufModel model;
    private final List<Finding> findings = new ArrayList<>();

    private GgufInspection(GgufModel model) {
        this.model = model;
    }

    /** The findings about an open file; what its reader refuses is among them. */
    public static List<Finding> of(GgufModel model) {
        GgufInspection inspection = new GgufInspection(model);
        if (!model.file().tensors().isEmpty()) {
            inspection.check("weights", inspection::layout);
            inspection.check("weights", inspection::subNorms);
            inspection.check("weights", inspection::activation);
            inspection.check("weights", inspection::types);
            inspection.check("embedding", inspection::embedding);
        }
        inspection.check("vocabulary", inspection::preTokenizer);
        inspection.check("vocabulary", inspection::endOfGeneration);
        return List.copyOf(inspection.findings);
    }

    private void check(String subject, Runnable check) {
        try {
            check.run();
        } catch (BitNetException e) {
            add(Severity.ERROR, subject, String.valueOf(e.getMessage()), "it cannot be read", "");
        }
    }

    private void layout() {
        Optional<I2sDiagnosis> diagnosis = I2sDiagnosis.of(model.file(), LAYOUT_LAYERS);
        if (diagnosis.isEmpty()) {
            return;
        }
        I2sDiagnosis found = diagnosis.get();
        if (found.contradicts(model.options().i2sLayout())) {
            add(
                    Severity.ERROR,
                    "I2_S layout",
                    found + ", and the file is read in layout "
                            + model.options().i2sLayout(),
                    "the weights are scrambled and the answers nonsense",
                    "read it in layout " + found.verdict()
                            + ", or convert it to the x86 layout, which needs no option");
        } else if (found.verdict() == null) {
            add(
                    Severity.NOTE,
                    "I2_S layout",
                    found.toString(),
                    "the file does not say which of the three it is, and it is taken to be "
                            + model.options().i2sLayout(),
                    "if the answers are nonsense, try the other layouts");
        }
    }

    private void subNorms() {
        boolean has = model.file().tensor("blk.0.attn_sub_norm.weight").isPresent();
        boolean llama = text("general.architecture").equals(GgufArchitecture.LLAMA.label());
        if (!has && text("general.architecture").startsWith("bitnet")) {
            add(
                    Severity.ERROR,
                    "blk.0.attn_sub_norm.weight",
                    "missing, although the architecture is " + text("general.architecture"),
                    "models of this architecture were trained with norms before their output and down projections",
                    "convert the checkpoint again; if it has no sub-norms, its architecture is llama");
        } else if (has && llama) {
            add(
                    Severity.ERROR,
                    "blk.0.attn_sub_norm.weight",
                    "present, although the architecture is llama",
                    "readers of llama models do not apply sub-norms, and use another order of rows for RoPE",
                    "convert the checkpoint again as bitnet-b1.58");
        }
    }

    private void activation() {
        String architecture = text("general.architecture");
        if (!architecture.startsWith("bitnet") || model.file().metadata().has(architecture + ".hidden_activation")) {
            return;
        }
        boolean ambiguous = architecture.equals(GgufArchitecture.BITNET.label());
        String assumed =
                GgufArchitecture.of(model.file()).activation(model.file()).name();
        add(
                ambiguous ? Severity.WARNING : Severity.NOTE,
                architecture + ".hidden_activation",
                "missing; bitnet goes by the " + (ambiguous ? "tokenizer" : "architecture") + " and takes "
                        + assumed.toLowerCase(Locale.ROOT).replace('_', ' '),
                "versions of llama.cpp and bitnet.cpp run such files with SiLU; for BitNet b1.58 2B-4T that is wrong, and"
                        + " perplexity rises from 17 to 100",
                "bitnet convert writes the key");
    }

    private void types() {
        model.file().tensors().stream()
                .filter(tensor -> tensor.type().isEmpty())
                .forEach(tensor -> add(
                        Severity.ERROR,
                        tensor.name(),
                        "of " + tensor.typeName() + ", which bitnet does not know",
                        "it cannot be read",
                        "convert the checkpoint to I2_S, TQ1_0 or TQ2_0"));
        long half = model.file().tensors().stream()
                .filter(tensor -> tensor.typeId() == GgufTensorType.F16.id()
                        && tensor.dimensions().size() == 2
                        && tensor.name().contains("ffn_"))
                .count();
        if (half > 0) {
            add(
                    Severity.NOTE,
                    "weights",
                    half + " ternary tensors are stored as floats",
                    "they take eight times the space that they need and are packed at every start",
                    "bitnet convert --type i2_s");
        }
    }

    /** What published files of embedding models are known to lack, or to say wrongly. */
    private void embedding() {
        if (!embeds() || !(model.transformer().output() instanceof Pooling pooling)) {
            return;
        }
        String architecture = text("general.architecture");
        if (pooling.type() == PoolingType.MEAN) {
            add(
                    Severity.NOTE,
                    architecture + ".pooling_type",
                    "mean",
                    "converters write it as well where they do not know, and the cards of BitNet embeddings say last token",
                    "if searches find the wrong texts, try the other pooling");
        }
        boolean windows = model.file().metadata().has(architecture + ".attention.sliding_window");
        if (architecture.equals(GgufArchitecture.GEMMA3.label()) && !windows) {
            add(
                    Severity.WARNING,
                    architecture + ".attention.sliding_window",
                    "missing, so every layer sees all positions",
                    "Gemma 3 was trained with windows in five of six layers, and texts longer than a window get other vectors",
                    "convert the checkpoint with a converter that writes the key, or use its directory");
        }
        if (pooling.type() == PoolingType.LAST && !model.tokenizer().addEos()) {
            add(
                    Severity.WARNING,
                    "tokenizer.ggml.add_eos_token",
                    "texts do not end with the end-of-text token",
                    "the last token's vector is then that of the text's last word, which the model was not trained for",
                    "convert the checkpoint again");
        }
    }

    private void preTokenizer() {
        if (!text("tokenizer.ggml.model").equals("gpt2")) {
            return;
        }
        String pre = text(PRE);
        boolean looksLikeLlama3 = model.file()
                .metadata()
                .array("tokenizer.ggml.tokens")
                .filter(tokens -> tokens.strings().contains("<|begin_of_text|>"))
                .isPresent();
        if (pre.isEmpty() || pre.equals("default")) {
            add(
                    Severity.WARNING,
                    PRE,
                    pre.isEmpty() ? "missing" : "\"default\"",
                    "bitnet cuts text as Llama 3 does; llama.cpp falls back to another way, which splits numbers and"
                            + " contractions differently",
                    "bitnet convert writes the key");
        } else if (looksLikeLlama3 && pre.startsWith("gpt")) {
            add(
                    Severity.WARNING,
                    PRE,
                    pre + ", although the vocabulary is Llama 3's",
                    "text is cut in another way than in training",
                    "convert the checkpoint again, or set the key to llama-bpe");
        }
    }

    private boolean embeds() {
        return model.file().tensor("blk.0.attn_q_norm_in.weight").isPresent();
    }

    private void endOfGeneration() {
        if (embeds()) {
            return; // it gives no answers
        }
        TokenizerSpec spec = model.tokenizer();
        List<String> declared = new ArrayList<>();
        for (String key : List.of("eos_token_id", "eot_token_id", "eom_token_id")) {
            model.file()
                    .metadata()
                    .integer("tokenizer.ggml." + key, Integer.MIN_VALUE, Integer.MAX_VALUE)
                    .ifPresent(id -> declared.add(word(spec, id)));
        }
        List<String> undeclared = spec.endOfGeneration().stream()
                .map(id -> word(spec, id))
                .filter(token -> !declared.contains(token))
                .toList();
        if (spec.endOfGeneration().isEmpty()) {
            add(
                    Severity.ERROR,
                    "tokenizer.ggml.eos_token_id",
                    "no token ends an answer: none is declared, and none is known by its name",
                    "answers go on until they are cut",
                    "declare the token that the chat template ends turns with");
        } else if (!undeclared.isEmpty()) {
            add(
                    Severity.NOTE,
                    "tokenizer.ggml.eos_token_id",
                    "declares " + declared + "; " + undeclared + " end answers too, known by their names",
                    "software that goes by the declaration alone does not stop at them",
                    "bitnet convert declares them");
        }
    }

    private static String word(TokenizerSpec spec, int id) {
        List<String> tokens = spec.tokens();
        return id >= 0 && id < tokens.size() ? tokens.get(id) : Integer.toString(id);
    }

    private String text(String key) {
        return model.file().metadata().text(key).orElse("");
    }

    private void add(Severity severity, String subject, String problem, String why, String cure) {
        findings.add(new Finding(severity, subject, problem, why, cure));
    }
}
