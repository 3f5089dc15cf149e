package bitnet.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class MeanwhileTest {
    @Test
    void anotherThreadMakesTheResult() {
        try (var name = Meanwhile.start("maker", () -> Thread.currentThread().getName())) {
            assertThat(name.get()).isEqualTo("maker");
        }
    }

    @Test
    void failuresAreThrownAsTheyAre() {
        var exception = new UncheckedIOException(new IOException("no"));
        var error = new AssertionError("no");
        try (var failing = Meanwhile.start("maker", () -> {
                    throw exception;
                });
                var worse = Meanwhile.start("maker", () -> {
                    throw error;
                })) {
            assertThatThrownBy(failing::get).isSameAs(exception);
            assertThatThrownBy(worse::get).isSameAs(error);
        }
    }

    @Test
    void closingWaitsForTheThreadEvenIfInterrupted() {
        var ended = new AtomicBoolean();
        Thread.currentThread().interrupt();
        try (var _ = Meanwhile.start("maker", () -> {
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            ended.set(true);
            return "";
        })) {
            assertThat(ended).isFalse();
        }
        assertThat(ended).isTrue();
        assertThat(Thread.interrupted()).isTrue();
    }
}
