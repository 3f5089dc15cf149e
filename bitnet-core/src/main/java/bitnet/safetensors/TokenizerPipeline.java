package bitnet.safetensors;

import bitnet.ModelUnsupportedException;
import bitnet.tokenizer.PreTokenizer;
import bitnet.tokenizer.TokenizerSpec.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the components of a {@code tokenizer.json} amount to. They are a little language; bitnet knows the sentences in it
 * that models like these are written with, and refuses the others by name, since text cut otherwise than in training
 * gives answers that are wrong without looking wrong.
 *
 * @param kind the algorithm
 * @param preTokenizer how text is cut before merging; byte-level BPE only
 * @param addSpacePrefix whether text gets a leading space; SentencePiece only
 * @param bos spelling of the token that is put before the text, if one is
 * @param eos spelling of the token that is put behind the text, if one is
 * @param normalized whether text is brought into Unicode's composed form (NFC) first
 */
record TokenizerPipeline(
        Kind kind,
        @Nullable PreTokenizer preTokenizer,
        boolean addSpacePrefix,
        @Nullable String bos,
        @Nullable String eos,
        boolean normalized) {
    private static final String LLAMA3 = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String QWEN2 = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String QWEN35 = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}"
            + "| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String GPT2 =
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
    private static final String GPT2_SHORT =
            "'(?:[sdmt]|ll|ve|re)| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

    /** U+2581, which SentencePiece writes for a space. */
    private static final String BAR = "\u2581";

    static TokenizerPipeline of(TokenizerJson json) {
        return new Reader(json).read();
    }

    private static final class Reader {
        private final TokenizerJson json;

        Reader(TokenizerJson json) {
            this.json = json;
        }

        TokenizerPipeline read() {
            List<Component> normalizers = components(json.normalizer(), "normalizers");
            List<Component> cutters = components(json.preTokenizer(), "pretokenizers");
            List<String> around = around();
            String bos = spelling(around.getFirst());
            String eos = spelling(around.getLast());
            if (!cutters.isEmpty() && cutters.getLast().is("ByteLevel")) {
                boolean composes =
                        normalizers.size() == 1 && normalizers.getFirst().is("NFC");
                if (!composes && !normalizers.isEmpty()) {
                    throw unsupported("the normalizer "
                            + normalizers.stream().map(Component::type).toList() + " before byte-level BPE");
                }
                return new TokenizerPipeline(Kind.BYTE_LEVEL_BPE, byteLevel(cutters), false, bos, eos, composes);
            }
            boolean prefix = spacePrefix(normalizers, cutters);
            return new TokenizerPipeline(Kind.SENTENCEPIECE, null, prefix, bos, eos, false);
        }

        private static @Nullable String spelling(String token) {
            return token.isEmpty() ? null : token;
        }

        private PreTokenizer byteLevel(List<Component> cutters) {
            Component last = cutters.getLast();
            if (last.flag("add_prefix_space", true)) {
                throw unsupported("byte-level BPE with add_prefix_space");
            }
            boolean byItself = last.flag("use_regex", true);
            if (cutters.size() == 1 && byItself) {
                return PreTokenizer.GPT2;
            }
            if (cutters.size() == 2 && !byItself && cutters.getFirst().is("Split")) {
                return split(cutters.getFirst());
            }
            throw unsupported(
                    "the pre-tokenizer " + cutters.stream().map(Component::type).toList());
        }

        private PreTokenizer split(Component split) {
            String regex = split.pattern("Regex");
            String behavior = split.text("behavior");
            boolean invert = split.flag("invert", false);
            // What a pattern matches is kept apart, or what it does not match is removed: the same.
            if (!behavior.equals(invert ? "Removed" : "Isolated")) {
                throw unsupported("a pre-tokenizer that splits with behavior " + behavior);
            }
            return switch (regex) {
                case LLAMA3 -> PreTokenizer.LLAMA3;
                case QWEN2 -> PreTokenizer.QWEN2;
                case QWEN35 -> PreTokenizer.QWEN35;
                case GPT2, GPT2_SHORT -> PreTokenizer.GPT2;
                default -> throw unsupported("the pre-tokenizer's pattern " + regex);
            };
        }

        /** SentencePiece, as the converters write it down: spaces become U+2581, in a normalizer or by Metaspace. */
        private boolean spacePrefix(List<Component> normalizers, List<Component> cutters) {
            if (!json.byteFallback()) {
                throw unsupported("BPE that is neither byte-level nor has byte_fallback");
            }
            boolean uncut = cutters.stream().allMatch(Reader::cutsAtSpaces);
            if (uncut && !normalizers.isEmpty() && replacesSpaces(normalizers.getLast())) {
                boolean prepends = normalizers.size() == 2
                        && normalizers.getFirst().is("Prepend")
                        && normalizers.getFirst().text("prepend").equals(BAR);
                if (prepends || normalizers.size() == 1) {
                    return prepends;
                }
            }
            if (normalizers.isEmpty()
                    && cutters.size() == 1
                    && cutters.getFirst().is("Metaspace")) {
                return metaspace(cutters.getFirst());
            }
            throw unsupported("the normalizer "
                    + normalizers.stream().map(Component::type).toList() + " with the pre-tokenizer "
                    + cutters.stream().map(Component::type).toList());
        }

        private static boolean replacesSpaces(Component normalizer) {
            return normalizer.is("Replace")
                    && normalizer.text("content").equals(BAR)
                    && normalizer.pattern("String").equals(" ");
        }

        /** What Gemma's has, and which does nothing: there are no spaces left. */
        private static boolean cutsAtSpaces(Component cutter) {
            return cutter.is("Split") && cutter.pattern("String").equals(" ");
        }

        private boolean metaspace(Component metaspace) {
            if (metaspace.flag("split", true)) {
                throw unsupported("a Metaspace pre-tokenizer that splits");
            }
            String scheme = metaspace.text("prepend_scheme");
            return switch (scheme) {
                case "always" -> true;
                case "never" -> false;
                default -> throw unsupported("a Metaspace pre-tokenizer with prepend_scheme " + scheme);
            };
        }

        /** The tokens before and behind the text; empty where there is none. */
        private List<String> around() {
            List<String> around = List.of("", "");
            for (Component component : components(json.postProcessor(), "processors")) {
                switch (component.type()) {
                    case "ByteLevel" -> {} // changes offsets only
                    case "TemplateProcessing" -> around = template(component);
                    default -> throw unsupported("the post-processor " + component.type());
                }
            }
            return around;
        }

        private List<String> template(Component processor) {
            if (processor.fields().get("single") instanceof List<?> single) {
                List<String> parts = single.stream().map(Reader::part).toList();
                int text = parts.indexOf("");
                boolean before = text == 1 && !parts.getFirst().equals(" ");
                boolean behind = text == parts.size() - 2 && !parts.getLast().isBlank();
                if (text >= 0 && parts.size() == 1 + (before ? 1 : 0) + (behind ? 1 : 0)) {
                    return List.of(before ? parts.getFirst() : "", behind ? parts.getLast() : "");
                }
            }
            throw unsupported(
                    "a post-processor with the template " + processor.fields().get("single"));
        }

        /** A part of a template: the spelling of a special token, empty for the text, a space for anything else. */
        private static String part(@Nullable Object part) {
            if (part instanceof Map<?, ?> map && map.get("SpecialToken") instanceof Map<?, ?> token) {
                return token.get("id") instanceof String id && !id.isEmpty() ? id : " ";
            }
            return part instanceof Map<?, ?> map && map.get("Sequence") instanceof Map<?, ?> ? "" : " ";
        }

        /** A component, or those that a sequence of them has; none for null. */
        private List<Component> components(@Nullable Object value, String sequenceField) {
            List<Component> components = new ArrayList<>();
            collect(value, sequenceField, components);
            return components;
        }

        private void collect(@Nullable Object value, String sequenceField, List<Component> into) {
            if (value == null) {
                return;
            }
            if (!(value instanceof Map<?, ?> fields && fields.get("type") instanceof String type)) {
                throw unsupported("a tokenizer component without a type");
            }
            if (!type.equals("Sequence")) {
                into.add(new Component(type, fields));
            } else if (fields.get(sequenceField) instanceof List<?> parts) {
                parts.forEach(part -> collect(part, sequenceField, into));
            }
        }

        private ModelUnsupportedException unsupported(String what) {
            return new ModelUnsupportedException(json.source(), what + " is not supported");
        }
    }

    private record Component(String type, Map<?, ?> fields) {
        boolean is(String type) {
            return this.type.equals(type);
        }

        String text(String field) {
            return fields.get(field) instanceof String text ? text : "";
        }

        /** The pattern, if it is of this kind: {@code String} or {@code Regex}. */
        String pattern(String kind) {
            return fields.get("pattern") instanceof Map<?, ?> pattern && pattern.get(kind) instanceof String text
                    ? text
                    : "";
        }

        boolean flag(String field, boolean otherwise) {
            return fields.get(field) instanceof Boolean flag ? flag : otherwise;
        }
    }
}
