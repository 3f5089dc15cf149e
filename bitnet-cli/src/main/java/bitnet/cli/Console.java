package bitnet.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * What a command is given from outside. Standard output carries results alone; everything else that is said goes to
 * standard error. Both are UTF-8, whatever the locale.
 *
 * @param in standard input
 * @param out standard output
 * @param err standard error
 * @param environment variables
 * @param interruption Ctrl-C
 * @param standard whether the streams are those of this process
 */
record Console(
        InputStream in,
        Output out,
        PrintStream err,
        Environment environment,
        Interruption interruption,
        boolean standard) {
    /** The console of this process. */
    static Console system() {
        var out = new Output(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 8192));
        var err = new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
        return new Console(System.in, out, err, new Environment(System.getenv()), new Interruption(), true);
    }

    /** Writes to standard output, at once. */
    void print(String text) {
        out.print(text);
        flush();
    }

    /** Writes a line to standard output, at once. */
    void println(String text) {
        print(text + "\n");
    }

    /**
     * Hands on what was written to standard output.
     *
     * @throws OutputClosedException if nobody reads it any more
     * @throws OutputFailedException if it cannot be written
     */
    void flush() {
        out.handOn();
    }

    /** Says something on standard error: one line with the command's name before it. */
    void say(String line) {
        err.print("bitnet: " + line + "\n");
        err.flush();
    }
}
