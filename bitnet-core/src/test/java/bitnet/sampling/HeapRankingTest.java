package bitnet.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HeapRankingTest {
    @Test
    void ranksLikeAStableSortWhateverIsAskedFirst() {
        var random = new Random(1);
        for (int size : new int[] {1, 2, 3, 7, 64, 1000}) {
            var ranking = new HeapRanking(size);
            for (int round = 0; round < 5; round++) {
                float[] scores = ranking.scores();
                for (int id = 0; id < size; id++) {
                    scores[id] = round == 0 ? 0 : random.nextInt(size); // many ties
                }
                if (round == 4) {
                    scores[size / 2] = Float.NEGATIVE_INFINITY;
                    scores[0] = -0f;
                }
                ranking.start();
                int[] expected = IntStream.range(0, size)
                        .boxed()
                        .sorted(Comparator.comparing((Integer id) -> -(scores[id] + 0.0)))
                        .mapToInt(id -> id)
                        .toArray();
                int far = random.nextInt(size);
                assertThat(ranking.id(far)).isEqualTo(expected[far]);
                for (int rank = 0; rank < size; rank++) {
                    assertThat(ranking.id(rank)).isEqualTo(expected[rank]);
                    assertThat(ranking.score(rank)).isEqualTo(scores[expected[rank]]);
                }
            }
        }
    }
}
