package bitnet.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The {@code bitnet} command. */
public final class Main {
    private static final int GRACE_MILLIS = 10_000;
    private static final int POLL_MILLIS = 20;

    private Main() {}

    /**
     * Runs the command and ends the JVM with its exit code.
     *
     * @param args its arguments
     */
    public static void main(String[] args) {
        Console console = Console.system();
        CountDownLatch finished = new CountDownLatch(1);
        // On SIGINT and SIGTERM the JVM runs this hook and then ends with 130 or 143, whatever main would return: so
        // the
        // hook asks the command to stop, and gives it time to write what it has.
        Thread stop = Thread.ofPlatform().name("bitnet-stop").unstarted(() -> {
            console.interruption().interrupt();
            await(finished, console.interruption());
        });
        Runtime.getRuntime().addShutdownHook(stop);
        int code = CommandTree.execute(console, args);
        finished.countDown();
        System.exit(code);
    }

    private static void await(CountDownLatch finished, Interruption interruption) {
        try {
            boolean done = false;
            for (int i = 0; i < GRACE_MILLIS / POLL_MILLIS && !done && !interruption.isIdle(); i++) {
                done = finished.await(POLL_MILLIS, TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
