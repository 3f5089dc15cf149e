package bitnet.cli;

/** The {@code bitnet} command. */
public final class Main {
    private Main() {}

    /**
     * Runs the command.
     *
     * @param args its arguments
     */
    public static void main(String[] args) {
        System.err.println("bitnet: no commands yet");
        System.exit(2);
    }
}
