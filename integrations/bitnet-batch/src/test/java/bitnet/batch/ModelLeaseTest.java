package bitnet.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.Model;
import bitnet.ModelFormatException;
import bitnet.demo.DemoModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ModelLeaseTest {
    private static final Duration LONG = Duration.ofHours(1);

    private static ModelSource source(Path file, String... more) {
        Map<String, String> options = new HashMap<>(Map.of("model", file.toString(), "threads", "1"));
        for (int i = 0; i < more.length; i += 2) {
            options.put(more[i], more[i + 1]);
        }
        return ModelSource.of(new NamedOptions(options));
    }

    @Test
    void allThatAskShareOneModel(@TempDir Path directory) throws Exception {
        ModelSource source = source(Files.copy(DemoModel.file(), directory.resolve("shared.gguf")));
        Set<Model> models = Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 16; i++) {
                threads.submit(() -> {
                    try (var lease = ModelLease.of(source, LONG)) {
                        models.add(lease.model());
                    }
                    return null;
                });
            }
        }
        assertThat(models).hasSize(1);
        assertThat(SharedModel.of(source).isLoaded()).isTrue();
    }

    @Test
    void anIdleModelIsClosedAndLoadedAgain(@TempDir Path directory) throws Exception {
        ModelSource source = source(Files.copy(DemoModel.file(), directory.resolve("idle.gguf")));
        Model first;
        var lease = ModelLease.of(source, Duration.ZERO);
        try (var other = ModelLease.of(source, LONG)) {
            first = lease.model();
            lease.close();
            lease.close(); // counts once
            Thread.sleep(100);
            assertThat(other.model()).isSameAs(first);
            assertThat(other.model().tokens("used")).isNotEmpty();
        }
        try (var again = ModelLease.of(source, Duration.ofMillis(50))) {
            assertThat(again.model()).isSameAs(first);
        }
        while (SharedModel.of(source).isLoaded()) {
            Thread.sleep(10);
        }
        assertThatThrownBy(() -> first.tokens("closed")).isInstanceOf(IllegalStateException.class);
        try (var again = ModelLease.of(source, Duration.ZERO)) {
            assertThat(again.model()).isNotSameAs(first);
            assertThat(again.model().tokens("again")).isNotEmpty();
        }
    }

    @Test
    void anotherFileThanItsHashSaysIsRefused() throws Exception {
        String wrong = "0123456789abcdef".repeat(4);
        assertThatThrownBy(() -> ModelLease.of(source(DemoModel.file(), "sha256", wrong), LONG))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("expected " + wrong);
        String right = hash(DemoModel.file());
        try (var lease = ModelLease.of(source(DemoModel.file(), "sha256", right.toUpperCase()), Duration.ZERO)) {
            assertThat(lease.model().info().name()).isNotEmpty();
        }
        assertThatThrownBy(() -> ModelLease.of(source(DemoModel.file().getParent(), "sha256", wrong), LONG))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("directory");
    }

    @Test
    void aFailedLoadIsTriedAgain(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("late.gguf");
        ModelSource source = source(file);
        assertThatThrownBy(() -> ModelLease.of(source, LONG)).isInstanceOf(ModelFormatException.class);
        Files.copy(DemoModel.file(), file);
        try (var lease = ModelLease.of(source, Duration.ZERO)) {
            assertThat(lease.model().tokens("now")).isNotEmpty();
        }
    }

    @Test
    void optionsAreRefusedByName() {
        assertThatThrownBy(() -> source(Path.of("x"), "sha256", "12"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the option sha256 is '12', expected 64 hexadecimal digits");
        assertThatThrownBy(() -> source(Path.of("x"), "device", "abacus"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the option device is 'abacus', which is none");
        assertThatThrownBy(() -> source(Path.of("x"), "threads", "many"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the option threads is 'many', expected a whole number");
        assertThatThrownBy(() -> source(Path.of("x"), "threads", "-1")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ModelSource.of(new NamedOptions(Map.of())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the option model is missing");
    }

    private static String hash(Path file) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }
}
