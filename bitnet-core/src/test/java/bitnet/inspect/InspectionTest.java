package bitnet.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import bitnet.gguf.GgufEdit;
import bitnet.inspect.Finding.Severity;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class InspectionTest {
    private static final String TINY = "tiny-bitnet-i2_s.gguf";
    private static final String DOWN = "blk.1.ffn_down.weight";
    private static final String EMBEDDING = "token_embd.weight";

    @Test
    void aGoodFileHasNoErrors() {
        Inspection inspection =
                Inspection.of(GgufEdit.of("demo-i2_s-embed-q6_k.gguf").open());
        assertThat(inspection.has(Severity.WARNING))
                .as("%s", inspection.findings())
                .isFalse();
        assertThat(inspection.has(Severity.NOTE)).isTrue();
        assertThat(inspection.tensors()).extracting(StoredTensor::name).contains(DOWN, EMBEDDING);
    }

    @Test
    void parametersAreMatricesAndEmbedding() {
        Inspection inspection = Inspection.of(GgufEdit.of(TINY).open());
        long stored = inspection.tensors().stream()
                .filter(tensor -> tensor.shape().size() == 2)
                .mapToLong(tensor -> tensor.shape().get(0) * tensor.shape().get(1))
                .sum();
        assertThat(inspection.parameters()).isEqualTo(stored);
    }

    @Test
    void findsAMatrixThatIsAllZero() {
        // 0x55 is the code of zero, four times; the 32 bytes behind the codes hold the scale.
        var file = GgufEdit.of(TINY).data(DOWN, data -> Arrays.fill(data, 0, data.length - 32, (byte) 0x55));
        assertThat(error(Inspection.of(file.open()), DOWN).problem()).contains("100.0 % of its weights are zero");
    }

    @Test
    void findsAScaleOfZero() {
        var file = GgufEdit.of(TINY).data(DOWN, data -> Arrays.fill(data, data.length - 32, data.length, (byte) 0));
        assertThat(error(Inspection.of(file.open()), DOWN).problem()).contains("its scale is 0");
    }

    @Test
    void findsAnEmbeddingWhoseRowsAreEqual() {
        var file = GgufEdit.of(TINY).data(EMBEDDING, data -> Arrays.fill(data, (byte) 0x3c));
        assertThat(error(Inspection.of(file.open()), EMBEDDING).problem()).contains("all its rows are equal");
    }

    @Test
    void whatCannotBeReadIsAFinding() {
        var file = GgufEdit.of(TINY).dropTensor(DOWN);
        Inspection inspection = Inspection.of(file.open());
        assertThat(inspection.transformer()).isNull();
        assertThat(inspection.parameters()).isZero();
        assertThat(inspection.findings())
                .anySatisfy(finding -> assertThat(finding.toString()).contains(DOWN));
    }

    private static Finding error(Inspection inspection, String subject) {
        List<Finding> found = inspection.findings().stream()
                .filter(finding -> finding.subject().equals(subject) && finding.severity() == Severity.ERROR)
                .toList();
        assertThat(found).as("%s", inspection.findings()).hasSize(1);
        return found.getFirst();
    }
}
