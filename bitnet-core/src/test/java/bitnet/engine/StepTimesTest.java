package bitnet.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StepTimesTest {
    private final StepTimes times = new StepTimes(16);

    @Test
    void nothingIsKnownAtFirst() {
        assertThat(times.of(4)).isZero();
        assertThat(times.isMeasured(4)).isFalse();
    }

    @Test
    void betweenMeasurementsLiesAStraightLine() {
        times.measured(4, 40);
        times.measured(8, 60);
        assertThat(times.isMeasured(4)).isTrue();
        assertThat(times.isMeasured(5)).isFalse();
        assertThat(times.of(2)).isEqualTo(20);
        assertThat(times.of(4)).isEqualTo(40);
        assertThat(times.of(6)).isEqualTo(50);
        assertThat(times.of(16)).as("as many rows, as many times of one").isEqualTo(120);
    }

    @Test
    void theMostRowsWithinATime() {
        times.measured(4, 40);
        times.measured(8, 60);
        assertThat(times.within(9)).isZero();
        assertThat(times.within(10)).isEqualTo(1);
        assertThat(times.within(52)).isEqualTo(6);
        assertThat(times.within(1000)).isEqualTo(16);
    }

    @Test
    void aShorterTimeIsBelievedSooner() {
        times.measured(1, 100);
        times.measured(1, 300);
        assertThat(times.of(1)).isEqualTo(125);
        times.measured(1, 75);
        assertThat(times.of(1)).isEqualTo(100);
    }
}
