package bitnet.scalar;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.KvType;
import bitnet.gguf.GgufModel;
import bitnet.gguf.GgufOptions;
import bitnet.safetensors.HuggingFaceModel;
import bitnet.tensor.I2sLayout;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One checkpoint gives the same bits, whichever container it lies in. */
class FormatAgreementTest {
    @TempDir
    Path directory;

    /**
     * Also TQ2_0, whose F16 scale holds this model's bf16 scales exactly. Where the file has the bf16 head as F16, one row
     * has an element below 2^-17, of which F16 keeps fewer bits: that token's logit is left out.
     */
    @ParameterizedTest
    @CsvSource({
        "tiny-bitnet,        tiny-bitnet-i2_s.gguf,           X86, -1",
        "tiny-bitnet,        tiny-bitnet-i2_s-arm.gguf,       ARM, -1",
        "tiny-bitnet,        tiny-bitnet-i2_s-row4.gguf,      FOUR_ROWS, -1",
        "tiny-bitnet,        tiny-bitnet-f16.gguf,            X86, -1",
        "tiny-llama-ternary, tiny-llama-ternary-tq2_0.gguf,   X86, 579",
    })
    void logitsAreBitIdentical(String name, String gguf, I2sLayout layout, int rounded) throws IOException {
        try (HuggingFaceModel safetensors = Reference.open(name);
                GgufModel file = GgufModel.open(extract(gguf), GgufOptions.DEFAULT.withI2sLayout(layout))) {
            int[] prompt = Reference.load(
                            name, safetensors.transformer().config().vocabulary())
                    .cases()
                    .getLast()
                    .prompt();
            int[][] expected = Run.bits(safetensors.transformer(), KvType.F16, prompt);
            int[][] actual = Run.bits(file.transformer(), KvType.F16, prompt);
            for (int row = 0; rounded >= 0 && row < prompt.length; row++) {
                actual[row][rounded] = expected[row][rounded];
            }
            assertThat(actual).isDeepEqualTo(expected);
        }
    }

    private Path extract(String name) throws IOException {
        Path path = directory.resolve(name);
        try (InputStream plain = getClass().getResourceAsStream("/bitnet/gguf/" + name);
                InputStream in = plain != null
                        ? plain
                        : new GZIPInputStream(getClass().getResourceAsStream("/bitnet/gguf/" + name + ".gz"))) {
            Files.copy(in, path);
        }
        return path;
    }
}
