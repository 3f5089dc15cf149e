package bitnet.langchain4j;

import bitnet.Message;
import bitnet.Model;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.model.TokenCountEstimator;
import java.util.ArrayList;
import java.util.List;

/** Counts the tokens that a model makes of texts, exactly. Thread-safe. */
public final class BitNetTokenCountEstimator implements TokenCountEstimator {
    private final Model model;

    public BitNetTokenCountEstimator(Model model) {
        this.model = model;
    }

    @Override
    public int estimateTokenCountInText(String text) {
        return text.isEmpty() ? 0 : model.tokens(text).length;
    }

    /** With what the chat template writes around it. */
    @Override
    public int estimateTokenCountInMessage(ChatMessage message) {
        return estimateTokenCountInMessages(List.of(message));
    }

    /** With what the chat template writes around them and for the answer. */
    @Override
    public int estimateTokenCountInMessages(Iterable<ChatMessage> messages) {
        List<Message> converted = new ArrayList<>();
        for (ChatMessage message : messages) {
            converted.add(BitNetRequest.message(message));
        }
        if (converted.isEmpty()) {
            return 0;
        }
        // the system says nothing that can be answered: somebody has to ask
        if (converted.getLast() instanceof Message.System) {
            converted.add(Message.user(""));
        }
        return model.tokens(converted).length;
    }
}
