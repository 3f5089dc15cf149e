package bitnet.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bitnet.ChatOptions;
import bitnet.ChatSession;
import bitnet.Completion;
import bitnet.Device;
import bitnet.DevicePolicy;
import bitnet.Generation;
import bitnet.GenerationOptions;
import bitnet.KvType;
import bitnet.LoadOptions;
import bitnet.Message;
import bitnet.Model;
import bitnet.ModelFormatException;
import bitnet.ToolCall;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Conversations that are saved go on as if they never had been. */
class ConversationFileTest {
    private static final String FIRST = "What is 27 + 48?";
    private static final String SECOND = "Tell me a story about a fox.";
    private static final GenerationOptions FEW =
            GenerationOptions.greedy().withMaxTokens(12).withIgnoreEndOfGeneration(true);

    @TempDir
    Path directory;

    private static Model load(KvType kv) throws Exception {
        return Model.load(
                Path.of(ConversationFileTest.class
                                .getResource("/demo-model/config.json")
                                .toURI())
                        .getParent(),
                LoadOptions.defaults()
                        .withDevice(DevicePolicy.require(Device.CPU))
                        .withBackend("scalar")
                        .withKvType(kv));
    }

    private static Completion say(ChatSession chat, String text) {
        try (Generation answer = chat.stream(text, FEW)) {
            return answer.finish();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aSavedConversationGoesOnInAnotherProcess(KvType kv) throws Exception {
        Path file = directory.resolve("talk");
        Completion expected;
        List<Message> history;
        try (Model model = load(kv);
                ChatSession chat = model.chat(ChatOptions.defaults().withSystem("Be brief."))) {
            say(chat, FIRST);
            chat.save(file);
            expected = say(chat, SECOND);
            history = chat.history();
        }
        try (Model model = load(kv);
                ChatSession chat = model.restore(file)) {
            Completion actual = say(chat, SECOND);
            assertThat(actual.text()).isEqualTo(expected.text());
            assertThat(actual.usage()).as("nothing is computed again").isEqualTo(expected.usage());
            assertThat(actual.usage().cachedTokens()).isPositive();
            assertThat(chat.history()).isEqualTo(history);
        }
        KvType other = kv == KvType.F16 ? KvType.F32 : KvType.F16;
        try (Model model = load(other);
                ChatSession chat = model.restore(file)) {
            assertThat(say(chat, SECOND).usage().cachedTokens())
                    .as("a cache of another type is computed")
                    .isZero();
        }
        assertThat(directory).isDirectoryContaining(path -> path.equals(file));
        assertThat(Files.list(directory)).as("nothing is left behind").containsExactly(file);
    }

    @Test
    void anEmptyConversationAndOneThatGoesOnCanBeSaved() throws Exception {
        Path file = directory.resolve("talk");
        try (Model model = load(KvType.F16);
                ChatSession chat = model.chat()) {
            chat.save(file);
            try (ChatSession restored = model.restore(file)) {
                assertThat(restored.history()).isEmpty();
                assertThat(say(restored, FIRST).text())
                        .isEqualTo(say(chat, FIRST).text());
            }
            try (Generation answer = chat.stream(SECOND, FEW)) {
                answer.next();
                assertThatThrownBy(() -> chat.save(file)).isInstanceOf(IllegalStateException.class);
            }
            chat.save(file);
            assertThatThrownBy(() -> model.restore(file, ChatOptions.defaults().withSystem("other")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("of its own");
            assertThatThrownBy(() -> chat.save(directory))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("not a regular file");
            assertThatThrownBy(() -> model.restore(directory.resolve("none")))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContaining("there is no such file");
            ConversationFile.write(file, saved("of another model", 0, 0), _ -> {});
            assertThatThrownBy(() -> model.restore(file))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContaining("of another model");
        }
    }

    private static SavedConversation saved(String model, int computed, long pageBytes) {
        Map<String, @Nullable Object> arguments = new LinkedHashMap<>();
        arguments.put("city", "Grüße");
        arguments.put("days", 3L);
        arguments.put("exact", List.of(1.5, true));
        arguments.put("none", null);
        List<Message> turns = List.of(
                Message.user("weather?"),
                Message.assistant("", List.of(new ToolCall("call_0", "weather", arguments))),
                Message.tool("call_0", "weather", "{\"rain\": true}"),
                Message.assistant("It rains."));
        return new SavedConversation(model, "Be brief.", turns, 0, new int[] {1, 2, 3, 4, 5}, computed, pageBytes);
    }

    private Path written() throws IOException {
        Path file = directory.resolve("made");
        ConversationFile.write(file, saved("m", 4, 24), out -> out.each(MemorySegment.ofArray(new byte[24])));
        return file;
    }

    @Test
    void callsOfToolsAreSaved() throws Exception {
        try (ConversationFile file = ConversationFile.open(written())) {
            assertThat(file.saved()).usingRecursiveComparison().isEqualTo(saved("m", 4, 24));
            assertThat(file.page().byteSize()).isEqualTo(24);
        }
    }

    @Test
    void whateverIsCutOrChangedIsNoticed() throws Exception {
        Path file = written();
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            requireRefused(file);
        }
        Files.write(file, Arrays.copyOf(whole, whole.length + 1));
        requireRefused(file);
        for (int i = 0; i < whole.length; i++) {
            byte[] changed = whole.clone();
            changed[i] ^= 0x10;
            Files.write(file, changed);
            requireRefused(file);
        }
    }

    /** Someone who makes files on purpose also makes the digest: what is said in them is not believed. */
    @Test
    void aHostileFileIsRefusedOrRead() throws Exception {
        Path file = written();
        byte[] whole = Files.readAllBytes(file);
        Random random = new Random(14);
        int refused = 0;
        for (int i = 0; i < 5000; i++) {
            byte[] changed = whole.clone();
            for (int n = random.nextInt(3); n >= 0; n--) {
                int at = 22 + random.nextInt(whole.length - 22 - 32);
                changed[at] = (byte) (random.nextBoolean() ? random.nextInt() : random.nextBoolean() ? 0x7f : 0xff);
            }
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(changed, 0, changed.length - 32);
            System.arraycopy(digest.digest(), 0, changed, changed.length - 32, 32);
            Files.write(file, changed);
            try (ConversationFile opened = ConversationFile.open(file)) {
                assertThat(opened.saved().tokens().length).isLessThan(whole.length);
            } catch (ModelFormatException e) {
                assertThat(e).hasMessageStartingWith(file.toString());
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(1000);
    }

    private static void requireRefused(Path file) {
        assertThatThrownBy(() -> ConversationFile.open(file).close())
                .isInstanceOf(ModelFormatException.class)
                .hasMessageStartingWith(file.toString());
    }
}
