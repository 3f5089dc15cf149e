package bitnet.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.BackendFailureException;
import bitnet.BackendReport;
import bitnet.BackendReport.Outcome;
import bitnet.Device;
import bitnet.DevicePolicy;
import bitnet.DeviceUnavailableException;
import bitnet.ModelFormatException;
import bitnet.ModelUnsupportedException;
import bitnet.spi.Probe;
import bitnet.spi.UnsupportedByBackendException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SelectionTest {
    private static final Probe WORKS = new Probe.Usable("1.0", "fast", 3L << 20);

    private final List<String> probed = new ArrayList<>();
    private final Map<String, Throwable> failures = new HashMap<>();

    private Candidate candidate(String id, Device device, int priority, Probe probe) {
        var backend = new FakeBackend(id);
        return new Candidate(
                id,
                device,
                priority,
                () -> {
                    probed.add(id);
                    return probe;
                },
                backend);
    }

    private final List<Candidate> all = List.of(
            candidate("scalar", Device.CPU, Integer.MIN_VALUE, WORKS),
            candidate("cpu-vector", Device.CPU, 50, WORKS),
            candidate("cpu-native", Device.CPU, 100, WORKS),
            candidate("cuda", Device.CUDA, 100, new Probe.Absent("libcuda.so.1 not found")),
            candidate("coreml", Device.APPLE_NEURAL_ENGINE, 100, WORKS));

    private Selection<String> choose(DevicePolicy policy, String backend, List<Candidate> candidates) {
        return Selection.choose(policy, backend, candidates, candidate -> {
            Throwable failure = failures.get(candidate.id());
            if (failure != null) {
                return FakeBackend.<String>failing(failure).get();
            }
            return "opened " + candidate.id();
        });
    }

    private static List<String> outcomes(List<BackendReport> reports) {
        return reports.stream()
                .map(report -> report.backend() + " " + report.outcome())
                .toList();
    }

    @Test
    void takesTheFirstThatWorksAndReportsAll() {
        Selection<String> selection = choose(DevicePolicy.auto(), null, all);
        assertThat(selection.opened()).isEqualTo("opened cpu-native");
        assertThat(outcomes(selection.reports()))
                .containsExactly(
                        "cuda ABSENT",
                        "cpu-native CHOSEN",
                        "cpu-vector NOT_TRIED",
                        "scalar NOT_TRIED",
                        "coreml NOT_WANTED");
        assertThat(selection.reports().getFirst().detail()).isEqualTo("libcuda.so.1 not found");
        assertThat(selection.reports().get(1).detail())
                .contains("fast")
                .contains("1.0")
                .contains("3 MiB");
        assertThat(probed).as("nobody is asked without need").containsExactly("cuda", "cpu-native");
    }

    @Test
    void theOrderOfTheCandidatesDoesNotMatter() {
        List<String> expected = outcomes(choose(DevicePolicy.auto(), null, all).reports());
        assertThat(outcomes(choose(DevicePolicy.auto(), null, all.reversed()).reports()))
                .isEqualTo(expected);
    }

    @Test
    void equalPrioritiesGoById() {
        var b = candidate("b", Device.CPU, 1, WORKS);
        var a = candidate("a", Device.CPU, 1, WORKS);
        assertThat(choose(DevicePolicy.auto(), null, List.of(b, a)).opened()).isEqualTo("opened a");
    }

    @Test
    void preferenceIsAnOrderAndTheCpuIsTheLastResort() {
        assertThat(choose(DevicePolicy.prefer(Device.APPLE_NEURAL_ENGINE, Device.CUDA), null, all)
                        .opened())
                .isEqualTo("opened coreml");
        assertThat(choose(DevicePolicy.prefer(Device.CUDA), null, all).opened()).isEqualTo("opened cpu-native");
    }

    @Test
    void requireNeverFallsBack() {
        assertThatThrownBy(() -> choose(DevicePolicy.require(Device.CUDA), null, all))
                .isInstanceOfSatisfying(DeviceUnavailableException.class, e -> {
                    assertThat(outcomes(e.reports()))
                            .containsExactly(
                                    "cuda ABSENT",
                                    "coreml NOT_WANTED",
                                    "cpu-native NOT_WANTED",
                                    "cpu-vector NOT_WANTED",
                                    "scalar NOT_WANTED");
                    assertThat(e)
                            .hasMessage("no device can run the model; allowed: only cuda" + System.lineSeparator()
                                    + "  cuda (cuda): absent: libcuda.so.1 not found");
                });
        assertThat(probed).containsExactly("cuda");
    }

    @Test
    void aBackendByNameIsTheOnlyOne() {
        Selection<String> selection = choose(DevicePolicy.auto(), "scalar", all);
        assertThat(selection.opened()).isEqualTo("opened scalar");
        assertThat(outcomes(selection.reports())).contains("cpu-native NOT_WANTED", "cuda NOT_WANTED");
        assertThatThrownBy(() -> choose(DevicePolicy.auto(), "no-such", all))
                .isInstanceOf(DeviceUnavailableException.class)
                .hasMessageContaining("no-such");
    }

    @Test
    void failuresToCompileAreRefusalsOnDownTheChain() {
        failures.put("cpu-native", new UnsupportedByBackendException("no kernels for heads of 48"));
        failures.put("cpu-vector", new OutOfMemoryError("Java heap space"));
        Selection<String> selection = choose(DevicePolicy.auto(), null, all);
        assertThat(selection.opened()).isEqualTo("opened scalar");
        assertThat(outcomes(selection.reports()))
                .startsWith("cuda ABSENT", "cpu-native REFUSED", "cpu-vector REFUSED", "scalar CHOSEN");
        assertThat(selection.reports().get(1).detail())
                .isEqualTo("it could not take the model: no kernels for heads of 48");
        assertThat(selection.reports().get(2).detail())
                .contains("OutOfMemoryError")
                .contains("Java heap space");
    }

    @Test
    void whenNobodyIsLeftTheLastFailureIsTheCause() {
        for (String id : List.of("cpu-native", "cpu-vector", "scalar")) {
            failures.put(id, new BackendFailureException(id + " is broken"));
        }
        assertThatThrownBy(() -> choose(DevicePolicy.auto(), null, all))
                .isInstanceOf(DeviceUnavailableException.class)
                .hasMessageContaining("cpu-native is broken")
                .hasCause(failures.get("scalar"));
    }

    @Test
    void aDamagedFileIsNoBackendsFault() {
        failures.put("cpu-native", new ModelFormatException("m.gguf", "blk.0.ffn_up.weight", "code 3"));
        assertThatThrownBy(() -> choose(DevicePolicy.auto(), null, all)).isSameAs(failures.get("cpu-native"));
    }

    @Test
    void aModelThatNoBackendCanRunIsNoBackendsFault() {
        failures.put("cpu-native", new ModelUnsupportedException("m.gguf", "a Llama model in float"));
        assertThatThrownBy(() -> choose(DevicePolicy.auto(), null, all)).isSameAs(failures.get("cpu-native"));
        assertThat(probed).doesNotContain("cpu-vector");
    }

    @Test
    void cancellationEndsIt() {
        failures.put("cpu-native", new CancellationException("cancelled"));
        assertThatThrownBy(() -> choose(DevicePolicy.auto(), null, all)).isInstanceOf(CancellationException.class);
        assertThat(probed).doesNotContain("cpu-vector");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void brokenProvidersAreReportedWhateverThePolicy(boolean require) {
        var candidates = List.of(
                Candidate.refused("provider 1", null, "it could not be created: oops", null),
                candidate("cpu-native", Device.CPU, 100, WORKS));
        DevicePolicy policy = require ? DevicePolicy.require(Device.CPU) : DevicePolicy.auto();
        assertThat(choose(policy, null, candidates).reports().stream().map(BackendReport::toString))
                .anyMatch(report -> report.startsWith("provider 1:"));
        assertThatThrownBy(() -> choose(DevicePolicy.require(Device.CUDA), null, candidates))
                .hasMessageContaining("provider 1: refused: it could not be created: oops");
    }

    @Test
    void surveyProbesAll() {
        List<BackendReport> reports = Selection.survey(DevicePolicy.auto().order(), all);
        assertThat(outcomes(reports))
                .containsExactly(
                        "cuda ABSENT", "cpu-native USABLE", "cpu-vector USABLE", "scalar USABLE", "coreml USABLE");
        assertThat(reports).noneMatch(report -> report.outcome() == Outcome.CHOSEN);
    }
}
