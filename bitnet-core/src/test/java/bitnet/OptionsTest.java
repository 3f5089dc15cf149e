package bitnet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.spi.Progress;
import bitnet.tensor.I2sLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class OptionsTest {
    @Test
    void eachWithChangesItsOwnGenerationOption() {
        GenerationOptions changed = GenerationOptions.defaults()
                .withMaxTokens(1)
                .withTemperature(2)
                .withTopK(3)
                .withTopP(0.4f)
                .withMinP(0.5f)
                .withRepeatPenalty(6)
                .withRepeatWindow(7)
                .withFrequencyPenalty(-1.5f)
                .withPresencePenalty(1.5f)
                .withLogitBias(Map.of(13, 14f))
                .withSeed(8)
                .withStop("9", "10")
                .withLogprobs(11)
                .withIgnoreEndOfGeneration(true)
                .withDeadline(Duration.ofSeconds(12))
                .withCancelOnInterrupt(true)
                .withSpeculation(false);
        assertThat(changed)
                .isEqualTo(new GenerationOptions(
                        1,
                        2,
                        3,
                        0.4f,
                        0.5f,
                        6,
                        7,
                        -1.5f,
                        1.5f,
                        Map.of(13, 14f),
                        OptionalLong.of(8),
                        List.of("9", "10"),
                        11,
                        true,
                        Duration.ofSeconds(12),
                        true,
                        false,
                        null));
        assertThat(GenerationOptions.greedy().temperature()).isZero();
        assertThat(GenerationOptions.defaults().seed()).isEmpty();
    }

    @Test
    void eachWithChangesItsOwnLoadOption() {
        Progress progress = (done, total) -> {};
        LoadOptions changed = LoadOptions.defaults()
                .withDevice(DevicePolicy.require(Device.CUDA))
                .withDeviceIndex(1)
                .withBackend("cuda")
                .withContextLength(2)
                .withThreads(3)
                .withKvType(KvType.F32)
                .withHead(HeadType.INT8)
                .withPrefillChunk(4)
                .withI2sLayout(I2sLayout.ARM)
                .withTokenizer(Path.of("vocab.gguf"))
                .withTokensOnly(true)
                .withFailover(true)
                .withScheduling(Scheduling.defaults().withMaxRunning(5))
                .withProgress(progress)
                .withCancellation(bitnet.spi.Cancellation.NEVER);
        assertThat(changed)
                .isEqualTo(new LoadOptions(
                        DevicePolicy.require(Device.CUDA),
                        1,
                        "cuda",
                        2,
                        3,
                        KvType.F32,
                        HeadType.INT8,
                        4,
                        I2sLayout.ARM,
                        Path.of("vocab.gguf"),
                        true,
                        true,
                        Scheduling.defaults().withMaxRunning(5),
                        progress,
                        bitnet.spi.Cancellation.NEVER));
    }

    @Test
    void eachWithChangesItsOwnLimit() {
        assertThat(Scheduling.defaults()
                        .withMaxRunning(1)
                        .withMaxQueued(2)
                        .withKvBudget(3)
                        .withPromptCache(4)
                        .withStepTime(Duration.ofMillis(5)))
                .isEqualTo(new Scheduling(1, 2, 3, 4, Duration.ofMillis(5)));
        Scheduling s = Scheduling.defaults();
        refused("maxRunning is 0", () -> s.withMaxRunning(0));
        refused("maxQueued is -1", () -> s.withMaxQueued(-1));
        refused("kvBudget is -1", () -> s.withKvBudget(-1));
        refused("promptCache is -1", () -> s.withPromptCache(-1));
        refused("stepTime is PT0S", () -> s.withStepTime(Duration.ZERO));
        refused("deadline is PT-1S", () -> GenerationOptions.defaults().withDeadline(Duration.ofSeconds(-1)));
    }

    @Test
    void valuesOutOfRangeAreRefusedByName() {
        GenerationOptions g = GenerationOptions.defaults();
        refused("maxTokens is 0", () -> g.withMaxTokens(0));
        refused("temperature is -0.1", () -> g.withTemperature(-0.1f));
        refused("temperature is NaN", () -> g.withTemperature(Float.NaN));
        refused("temperature is Infinity", () -> g.withTemperature(Float.POSITIVE_INFINITY));
        refused("topK is -1", () -> g.withTopK(-1));
        refused("topP is 0.0", () -> g.withTopP(0));
        refused("topP is 1.1", () -> g.withTopP(1.1f));
        refused("topP is NaN", () -> g.withTopP(Float.NaN));
        refused("minP is -0.1", () -> g.withMinP(-0.1f));
        refused("minP is NaN", () -> g.withMinP(Float.NaN));
        refused("repeatPenalty is 0.0", () -> g.withRepeatPenalty(0));
        refused("repeatPenalty is NaN", () -> g.withRepeatPenalty(Float.NaN));
        refused("repeatWindow is -1", () -> g.withRepeatWindow(-1));
        refused("stop is [a, ]", () -> g.withStop("a", ""));
        refused("logprobs is 1001", () -> g.withLogprobs(1001));
        LoadOptions l = LoadOptions.defaults();
        refused("deviceIndex is -1", () -> l.withDeviceIndex(-1));
        refused("contextLength is -1", () -> l.withContextLength(-1));
        refused("threads is -1", () -> l.withThreads(-1));
        refused("prefillChunk is -1", () -> l.withPrefillChunk(-1));
    }

    @Test
    void historiesAlternate() {
        ChatOptions options = ChatOptions.defaults();
        Message user = Message.user("Hi");
        Message assistant = Message.assistant("Hello");
        assertThat(options.withHistory(List.of(user, assistant)).history()).containsExactly(user, assistant);
        refused("message 0 of the history is by system", () -> options.withHistory(List.of(Message.system("x"))));
        refused("message 1 of the history is by user", () -> options.withHistory(List.of(user, user)));
        refused("ends with the user", () -> options.withHistory(List.of(user)));
        Message tool = Message.tool("call_0", "t", "x");
        assertThat(options.withHistory(List.of(user, assistant, tool, tool, assistant))
                        .history())
                .hasSize(5);
        refused("message 0 of the history is by tool", () -> options.withHistory(List.of(tool, assistant)));
        refused("message 1 of the history is by tool", () -> options.withHistory(List.of(user, tool, assistant)));
        refused("ends with the tool", () -> options.withHistory(List.of(user, assistant, tool)));
    }

    @Test
    void messagesHaveTheRolesOfTemplates() {
        assertThat(List.of(Message.system("a"), Message.user("b"), Message.assistant("c")))
                .extracting(Message::role)
                .containsExactly("system", "user", "assistant");
        assertThatThrownBy(() -> Message.user(null)).isInstanceOf(NullPointerException.class);
    }

    @Test
    void rates() {
        var timings = new Timings(Duration.ofMillis(500), 100, Duration.ofMillis(510), Duration.ofSeconds(2), 30, 0, 0);
        assertThat(timings.prefillTokensPerSecond()).isEqualTo(200);
        assertThat(timings.decodeTokensPerSecond()).isEqualTo(15);
        assertThat(new Timings(Duration.ZERO, 0, Duration.ZERO, Duration.ZERO, 0, 0, 0).decodeTokensPerSecond())
                .isZero();
        assertThat(new Usage(10, 4, 5).totalTokens()).isEqualTo(15);
        refused("cached", () -> new Usage(1, 2, 0));
    }

    @Test
    void reportsReadAsSentences() {
        assertThat(new BackendReport("cuda", Device.CUDA, BackendReport.Outcome.NOT_TRIED, "why"))
                .hasToString("cuda (cuda): not tried: why");
        assertThat(new BackendReport("a.B", null, BackendReport.Outcome.REFUSED, "why"))
                .hasToString("a.B: refused: why");
    }

    private static void refused(String message, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(message);
    }
}
