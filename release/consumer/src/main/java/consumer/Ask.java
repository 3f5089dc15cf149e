package consumer;

import bitnet.ChatOptions;
import bitnet.ChatSession;
import bitnet.GenerationOptions;
import bitnet.Model;
import bitnet.demo.DemoModel;

/** Asks the demo model for a sum, and says which backend computed it. */
public final class Ask {
    private Ask() {}

    public static void main(String[] arguments) {
        try (Model model = Model.load(DemoModel.file());
                ChatSession chat = model.chat(ChatOptions.defaults().withGeneration(GenerationOptions.greedy()))) {
            System.out.println(model.info().backend() + ": " + chat.send("What is 27 + 48?"));
        }
    }
}
