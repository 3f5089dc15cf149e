package bitnet.cli;

import java.util.LinkedHashMap;
import java.util.Map;

/** What the command's exit code says. The numbers are part of the interface: they never change their meaning. */
enum ExitCode {
    OK(0, "done"),
    FAILURE(1, "failed, for a reason that has no code of its own"),
    USAGE(2, "wrong options or arguments"),
    MODEL_FORMAT(3, "the model's files are missing, unreadable or damaged"),
    MODEL_UNSUPPORTED(4, "the model is well-formed, but not one that bitnet runs"),
    DEVICE_UNAVAILABLE(5, "no backend for the device that was asked for"),
    CONTEXT_OVERFLOW(6, "the prompt does not fit into the context"),
    BACKEND_FAILURE(7, "the device failed while it computed"),
    CHAT_TEMPLATE(8, "the model's chat template is broken or refuses the conversation"),
    FINDINGS(9, "inspect found something wrong with the model"),
    CAPACITY(10, "there is no memory for more tokens"),
    BUSY(11, "the model runs as many answers as it may"),
    INTERRUPTED(130, "ended by Ctrl-C (SIGINT); 143 if by SIGTERM"),
    OUTPUT_CLOSED(141, "whoever read standard output went away");

    private final int code;
    private final String meaning;

    ExitCode(int code, String meaning) {
        this.code = code;
        this.meaning = meaning;
    }

    int code() {
        return code;
    }

    String meaning() {
        return meaning;
    }

    /** Codes and meanings, in the order of the help. */
    static Map<String, String> table() {
        var table = new LinkedHashMap<String, String>();
        for (ExitCode exit : values()) {
            table.put(" " + exit.code, exit.meaning);
        }
        return table;
    }
}
