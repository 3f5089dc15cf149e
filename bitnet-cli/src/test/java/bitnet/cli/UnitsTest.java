package bitnet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class UnitsTest {
    @Test
    void quantitiesHaveThreeDigits() {
        assertThat(Units.bytes(999)).isEqualTo("999 B");
        assertThat(Units.bytes(1000)).isEqualTo("1.00 kB");
        assertThat(Units.bytes(999_999)).isEqualTo("1.00 MB");
        assertThat(Units.bytes(1_187_801_280)).isEqualTo("1.19 GB");
        assertThat(Units.time(Duration.ofMillis(36))).isEqualTo("36.0 ms");
        assertThat(Units.time(Duration.ofMillis(1250))).isEqualTo("1.25 s");
        assertThat(Units.digits(99.96)).isEqualTo("100");
        assertThat(Units.digits(48.04)).isEqualTo("48.0");
    }
}
