package bitnet.tokenizer;

import java.util.Set;

/**
 * Marks with which models set reasoning and calls of tools apart from an answer. Some vocabularies have them as control tokens. They are
 * written out all the same, because whoever reads an answer takes it apart at these marks.
 */
final class ReplyMarks {
    private static final Set<String> SPELLINGS = Set.of("<think>", "</think>", "<tool_call>", "</tool_call>");

    private ReplyMarks() {}

    static boolean contain(String token) {
        return SPELLINGS.contains(token);
    }
}
