package bitnet.server;

import java.time.Duration;
import java.util.List;

/**
 * How to serve. Start from {@link #defaults()} and change with the {@code with} methods.
 *
 * @param host the address to listen on; 127.0.0.1 unless somebody else is meant to come in
 * @param port the port; 0 for any free one
 * @param apiKeys keys of which a request has to bring one, as {@code Authorization: Bearer KEY}; empty for none needed
 * @param modelName the name that the model has for clients; empty for the one in its file
 * @param maxBody bytes of a request at most; larger ones are refused with status 413
 * @param maxWaiting requests that may be under way at once; more are refused with status 429
 * @param drain how long {@link BitNetServer#close()} waits for requests under way
 */
public record ServerOptions(
        String host, int port, List<String> apiKeys, String modelName, int maxBody, int maxWaiting, Duration drain) {
    /** @throws IllegalArgumentException if a value is out of its range */
    public ServerOptions {
        apiKeys = List.copyOf(apiKeys);
        require(port >= 0 && port <= 65535, "port " + port + " is not from 0 to 65535");
        require(maxBody >= 1024, "maxBody " + maxBody + " is less than 1024 bytes");
        require(maxWaiting >= 1, "maxWaiting " + maxWaiting + " is less than 1");
        require(!drain.isNegative(), "drain " + drain + " is negative");
        require(apiKeys.stream().noneMatch(String::isBlank), "an API key is blank");
    }

    /** Port 8080 on the loopback address, no keys, 4 MiB a request, 256 requests at once, 30 seconds to drain. */
    public static ServerOptions defaults() {
        return new ServerOptions("127.0.0.1", 8080, List.of(), "", 4 << 20, 256, Duration.ofSeconds(30));
    }

    /** These options with another {@link #host()}. */
    public ServerOptions withHost(String address) {
        return new ServerOptions(address, port, apiKeys, modelName, maxBody, maxWaiting, drain);
    }

    /** These options with another {@link #port()}. */
    public ServerOptions withPort(int number) {
        return new ServerOptions(host, number, apiKeys, modelName, maxBody, maxWaiting, drain);
    }

    /** These options with other {@link #apiKeys()}. */
    public ServerOptions withApiKeys(List<String> keys) {
        return new ServerOptions(host, port, keys, modelName, maxBody, maxWaiting, drain);
    }

    /** These options with another {@link #modelName()}. */
    public ServerOptions withModelName(String name) {
        return new ServerOptions(host, port, apiKeys, name, maxBody, maxWaiting, drain);
    }

    /** These options with another {@link #maxBody()}. */
    public ServerOptions withMaxBody(int bytes) {
        return new ServerOptions(host, port, apiKeys, modelName, bytes, maxWaiting, drain);
    }

    /** These options with another {@link #maxWaiting()}. */
    public ServerOptions withMaxWaiting(int requests) {
        return new ServerOptions(host, port, apiKeys, modelName, maxBody, requests, drain);
    }

    /** These options with another {@link #drain()}. */
    public ServerOptions withDrain(Duration time) {
        return new ServerOptions(host, port, apiKeys, modelName, maxBody, maxWaiting, time);
    }

    private static void require(boolean condition, String problem) {
        if (!condition) {
            throw new IllegalArgumentException(problem);
        }
    }
}
