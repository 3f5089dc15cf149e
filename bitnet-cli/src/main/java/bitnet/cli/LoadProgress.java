package bitnet.cli;

import bitnet.spi.Progress;
import java.util.concurrent.TimeUnit;

/**
 * Says how far something is, once it takes longer than a second: on a terminal by writing one line over and over, else by a
 * line every few seconds. Thread-safe.
 */
final class LoadProgress implements Progress, AutoCloseable {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);
    private final Console console;
    private final long start = System.nanoTime();
    private long next = PATIENCE_NANOS;
    private boolean terminal;
    private boolean said;

    private final String what;

    LoadProgress(Console console) {
        this(console, "loading");
    }

    /** With another word for what is done. */
    LoadProgress(Console console, String what) {
        this.console = console;
        this.what = what;
    }

    @Override
    public synchronized void at(long done, long total) {
        long elapsed = System.nanoTime() - start;
        if (elapsed < next || total <= 0) {
            return;
        }
        if (!said) {
            said = true;
            terminal = Terminals.isTerminal(Terminals.STDERR);
        }
        next = elapsed + TimeUnit.MILLISECONDS.toNanos(terminal ? 100 : 3000);
        String line = what + ": " + done * 100 / total + " %";
        if (terminal) {
            console.err().print("\r" + line + " ");
            console.err().flush();
        } else {
            console.say(line);
        }
    }

    /** Wipes the line. */
    @Override
    public synchronized void close() {
        if (said && terminal) {
            console.err().print("\r" + " ".repeat(40) + "\r");
            console.err().flush();
        }
    }
}
