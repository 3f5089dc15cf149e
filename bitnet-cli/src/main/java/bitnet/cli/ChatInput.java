package bitnet.cli;

import java.io.IOException;
import java.util.Optional;

/** Where the messages of a chat come from: a terminal, or lines of a pipe. */
interface ChatInput extends AutoCloseable {
    /** The next message, which may have several lines; empty at the end. */
    Optional<String> read() throws IOException;

    /** Says what Ctrl-C does while an answer is being written; where it means the end of the program, nothing is done. */
    void onInterrupt(Runnable action);

    @Override
    void close() throws IOException;
}
