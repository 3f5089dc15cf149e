package bitnet.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@link TwoBitGroups}: which blocks type id 42 stands for. */
class TwoBitGroupsTest {
    private static final long ALIGNMENT = 32;
    private static final int F32 = GgufTensorType.F32.id();
    private static final int Q2 = GgufTensorType.Q2_0.id();
    private static final int PQ2 = GgufTensorType.PQ2_0.id();

    /** Tensors one behind the other, with blocks of {@code group} weights. */
    private static List<GgufTensor> table(int group, long... elements) {
        List<GgufTensor> tensors = new ArrayList<>();
        long offset = 0;
        for (long count : elements) {
            int type = count < 1000 ? F32 : Q2;
            tensors.add(new GgufTensor("t" + tensors.size(), List.of(count), type, offset, -1));
            offset = end(offset, type, group, count);
        }
        return tensors;
    }

    private static long end(long offset, int type, int group, long count) {
        long bytes = type == F32 ? 4 * count : group == 64 ? count / 64 * 18 : count / 128 * 34;
        return Math.ceilDiv(offset + bytes, ALIGNMENT) * ALIGNMENT;
    }

    private static long size(int group, long... elements) {
        GgufTensor last = table(group, elements).getLast();
        return end(last.offset(), last.typeId(), group, elements[elements.length - 1]);
    }

    private static List<Integer> types(List<GgufTensor> tensors) {
        return tensors.stream().map(GgufTensor::typeId).toList();
    }

    @Test
    void offsetsDecide() {
        long[] sizes = {4096, 64, 8192, 128};
        assertThat(types(TwoBitGroups.resolve(table(64, sizes), ALIGNMENT, size(64, sizes))))
                .containsExactly(Q2, F32, Q2, F32);
        assertThat(types(TwoBitGroups.resolve(table(128, sizes), ALIGNMENT, size(128, sizes))))
                .containsExactly(PQ2, F32, PQ2, F32);
    }

    /** Also if the file was cut short. */
    @Test
    void offsetsDecideInAFileThatIsCutShort() {
        long[] sizes = {4096, 64, 8192, 4096};
        assertThat(types(TwoBitGroups.resolve(table(128, sizes), ALIGNMENT, size(128, sizes) - 600)))
                .containsExactly(PQ2, F32, PQ2, PQ2);
    }

    @Test
    void theEndDecidesForTheLastTensor() {
        long[] sizes = {64, 4096};
        assertThat(types(TwoBitGroups.resolve(table(64, sizes), ALIGNMENT, size(64, sizes))))
                .containsExactly(F32, Q2);
        assertThat(types(TwoBitGroups.resolve(table(128, sizes), ALIGNMENT, size(128, sizes))))
                .containsExactly(F32, PQ2);
    }

    /** What fits neither is left to the checks of sizes and overlaps. */
    @Test
    void nonsenseStaysAsItIs() {
        List<GgufTensor> odd = List.of(
                new GgufTensor("a", List.of(4096L), Q2, 0, -1),
                new GgufTensor("b", List.of(4096L), Q2, 7 * ALIGNMENT, -1),
                new GgufTensor("c", List.of(Long.MAX_VALUE, 64L), Q2, 1 << 20, -1));
        assertThat(TwoBitGroups.resolve(odd, ALIGNMENT, 1 << 21)).isEqualTo(odd);
    }
}
