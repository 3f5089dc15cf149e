package bitnet.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Many clients of a server with the demo model: each asks for a sum, as a stream, and asks the next one as soon as it has the answer.
 * Every answer has to be complete, and equal to all others to the same question.
 *
 * <p>{@code java -cp bitnet-benchmarks.jar bitnet.benchmarks.ServerLoad http://127.0.0.1:8080 200 120 PID}: the address, how many
 * clients, for how many seconds, and the server's process, whose memory is shown (on Linux).
 */
public final class ServerLoad {
    private static final int QUESTIONS = 80;
    private static final String CONTENT = "\"content\":\"";

    private final URI address;
    private final HttpClient client;
    private final Map<Integer, String> answers = new ConcurrentHashMap<>();
    private final Queue<Times> times = new ConcurrentLinkedQueue<>();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final AtomicInteger asked = new AtomicInteger();

    private record Times(double first, double whole) {}

    private ServerLoad(URI address, HttpClient client) {
        this.address = address;
        this.client = client;
    }

    /** @param args as the class says */
    public static void main(String[] args) throws Exception {
        int clients = Integer.parseInt(args[1]);
        Duration time = Duration.ofSeconds(Integer.parseInt(args[2]));
        Path status = args.length > 3 ? Path.of("/proc", args[3], "status") : null;
        try (HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            var load = new ServerLoad(URI.create(args[0] + "/v1/chat/completions"), client);
            load.run(clients, time, status);
            load.report();
        }
    }

    private void run(int clients, Duration time, @Nullable Path status) throws Exception {
        long end = System.nanoTime() + time.toNanos();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < clients; i++) {
                threads.execute(() -> {
                    while (System.nanoTime() < end) {
                        ask();
                    }
                });
            }
            while (status != null && System.nanoTime() < end) {
                Thread.sleep(10_000);
                System.out.println(memory(status));
            }
        }
    }

    private static String memory(Path status) throws IOException {
        try (var lines = Files.lines(status)) {
            return lines.filter(line -> line.startsWith("VmRSS")).findFirst().orElse("");
        }
    }

    private void ask() {
        int number = asked.getAndIncrement() % QUESTIONS;
        String question = "What is " + (11 + number) + " + " + (90 - number) + "?";
        HttpRequest request = HttpRequest.newBuilder(address)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(
                        "{\"model\":\"\",\"temperature\":0,\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\""
                                + question + "\"}]}"))
                .build();
        try {
            String answer = read(request);
            String before = answers.putIfAbsent(number, answer);
            if (before != null && !before.equals(answer)) {
                failures.add(question + " " + answer + " but also " + before);
            }
        } catch (IOException e) {
            failures.add(question + " " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The answer, whose times are kept. */
    private String read(HttpRequest request) throws IOException, InterruptedException {
        long start = System.nanoTime();
        double first = 0;
        var answer = new StringBuilder();
        HttpResponse<java.io.InputStream> response = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
        try (var lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.equals("data: [DONE]")) {
                    times.add(new Times(first, since(start)));
                    return answer.toString();
                }
                int content = line.indexOf(CONTENT);
                if (content >= 0) {
                    first = first == 0 ? since(start) : first;
                    int from = content + CONTENT.length();
                    answer.append(line, from, line.indexOf('"', from));
                }
            }
        }
        throw new IOException("status " + response.statusCode() + ", not complete after: " + answer);
    }

    private static double since(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    private void report() {
        System.out.printf(
                "%d answers, %d of different questions; %d failures%n", times.size(), answers.size(), failures.size());
        failures.stream().limit(10).forEach(System.out::println);
        System.out.println(percentiles(
                "first token", times.stream().mapToDouble(Times::first).toArray()));
        System.out.println(percentiles(
                "whole answer", times.stream().mapToDouble(Times::whole).toArray()));
    }

    private static String percentiles(String name, double[] seconds) {
        Arrays.sort(seconds);
        var text = new StringBuilder(name);
        for (int percent : List.of(50, 90, 99, 100)) {
            int at = Math.min(seconds.length - 1, seconds.length * percent / 100);
            text.append(String.format("; %d %%: %.2f s", percent, at < 0 ? Double.NaN : seconds[at]));
        }
        return text.toString();
    }
}
