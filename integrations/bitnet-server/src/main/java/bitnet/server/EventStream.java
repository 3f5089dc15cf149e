package bitnet.server;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Server-sent events. While nothing else is written a comment goes out every second, since only writing shows that a client has
 * gone, and a request that waits for its turn writes nothing.
 */
final class EventStream implements AutoCloseable {
    private static final byte[] PING = ": ping\n\n".getBytes(StandardCharsets.UTF_8);
    private static final long PAUSE_MILLIS = 1000;

    private final OutputStream out;
    private final ReentrantLock lock = new ReentrantLock();
    private Runnable onGone = () -> {};
    private boolean wrote;
    private boolean closed;
    private final Thread pings;

    EventStream(OutputStream out) {
        this.out = out;
        this.pings = Thread.ofVirtual().name("bitnet-pings").start(this::ping);
    }

    /** Says what to do when the client has gone. */
    void onGone(Runnable action) {
        lock.lock();
        try {
            onGone = action;
        } finally {
            lock.unlock();
        }
    }

    /** @throws UncheckedIOException if the client has gone */
    void send(byte[] json) {
        lock.lock();
        try {
            wrote = true;
            out.write("data: ".getBytes(StandardCharsets.UTF_8));
            out.write(json);
            out.write("\n\n".getBytes(StandardCharsets.UTF_8));
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (RuntimeException e) {
            // the web server has exceptions of its own for connections that have ended
            throw new UncheckedIOException(new IOException(e));
        } finally {
            lock.unlock();
        }
    }

    private void ping() {
        try {
            while (!Thread.interrupted()) {
                Thread.sleep(PAUSE_MILLIS);
                pingOnce();
            }
        } catch (InterruptedException _) {
            // the answer is complete
        }
    }

    private void pingOnce() {
        lock.lock();
        try {
            if (!wrote && !closed) {
                out.write(PING);
                out.flush();
            }
            wrote = false;
        } catch (IOException | RuntimeException _) {
            onGone.run();
        } finally {
            lock.unlock();
        }
    }

    /** Says that all events have been sent. */
    void done() {
        send("[DONE]".getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            out.close();
        } catch (IOException | RuntimeException _) {
            // the client has gone, and so there is nobody to tell
        } finally {
            lock.unlock();
            pings.interrupt();
        }
    }
}
