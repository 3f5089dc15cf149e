package bitnet.cli;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Standard output, which remembers why it could not be written to: a {@link PrintStream} alone says only that. */
final class Output extends PrintStream {
    private final Watched watched;

    Output(OutputStream out) {
        this(new Watched(out));
    }

    private Output(Watched watched) {
        super(watched, false, StandardCharsets.UTF_8);
        this.watched = watched;
    }

    /**
     * Hands on what was written.
     *
     * @throws OutputClosedException if nobody reads it any more
     * @throws OutputFailedException if it could not be written
     */
    void handOn() {
        if (checkError()) {
            IOException failure = watched.failure;
            String message = failure == null ? "" : String.valueOf(failure.getMessage());
            // The name of the error is the C library's, and has this word in most languages.
            if (message.toLowerCase(Locale.ROOT).contains("pipe")) {
                throw new OutputClosedException();
            }
            throw new OutputFailedException(message, failure);
        }
    }

    private static final class Watched extends FilterOutputStream {
        private @Nullable IOException failure;

        Watched(OutputStream out) {
            super(out);
        }

        @Override
        public void write(int b) throws IOException {
            try {
                out.write(b);
            } catch (IOException e) {
                failure = e;
                throw e;
            }
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            try {
                out.write(bytes, offset, length);
            } catch (IOException e) {
                failure = e;
                throw e;
            }
        }

        @Override
        public void flush() throws IOException {
            try {
                out.flush();
            } catch (IOException e) {
                failure = e;
                throw e;
            }
        }
    }
}
