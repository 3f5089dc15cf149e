package bitnet.conformance;

import bitnet.spi.Batch;
import bitnet.spi.Cancellation;
import bitnet.spi.CompiledModel;
import bitnet.spi.KvPage;
import bitnet.spi.Logits;
import bitnet.spi.Sequence;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Three texts of a small model, and the ways to run them that must give the same logits. */
final class Texts {
    private static final int[] LENGTHS = {83, 9, 30};
    /** Tokens whose pages are stored: a full page, and some of another. */
    private static final int STORED = 66;

    /** Floats that a token gives: logits, or the vector of a model without a head. */
    private final int width;

    private final boolean hasHead;
    private final int[][] tokens = new int[LENGTHS.length][];

    Texts(int vocabulary) {
        this(vocabulary, vocabulary, true);
    }

    /** For a model that gives vectors of this width. */
    Texts(int vocabulary, int width) {
        this(vocabulary, width, false);
    }

    private Texts(int vocabulary, int width, boolean hasHead) {
        this.width = width;
        this.hasHead = hasHead;
        SplittableRandom random = new SplittableRandom(91);
        for (int text = 0; text < tokens.length; text++) {
            tokens[text] = random.ints(LENGTHS[text], 0, vocabulary).toArray();
        }
    }

    /** The logits after every token of every text, each text alone, one token a call. */
    List<float[]> oneByOne(CompiledModel model) {
        List<float[]> all = new ArrayList<>();
        Batch batch = new Batch();
        for (int[] text : tokens) {
            float[] logits = new float[text.length * width];
            try (Sequence sequence = model.newSequence()) {
                for (int i = 0; i < text.length; i++) {
                    Logits target = Logits.all(width);
                    batch.clear();
                    batch.add(sequence, i, text[i], target);
                    model.forward(batch, Cancellation.NEVER);
                    System.arraycopy(target.values(), 0, logits, i * width, width);
                }
            }
            all.add(logits);
        }
        return all;
    }

    /** Runs the texts in every way. */
    void check(CompiledModel model, List<float[]> expected, String how) {
        require(how + ", one by one", expected, oneByOne(model));
        require(how + ", in one batch", expected, inOneBatch(model));
        require(how + ", side by side", expected, sideBySide(model));
        forkAndTruncate(model, expected, how);
        if (hasHead) {
            best(model, expected, how);
        }
    }

    /** The pages of the first text's beginning, as they are stored. */
    List<MemorySegment> store(CompiledModel model) {
        if (model.storedPageBytes() == 0) {
            return List.of();
        }
        try (Sequence sequence = model.newSequence()) {
            Batch batch = new Batch();
            add(batch, sequence, tokens[0], 0, STORED);
            model.forward(batch, Cancellation.NEVER);
            List<MemorySegment> stored = new ArrayList<>();
            for (int i = 0; i < Math.ceilDiv(STORED, model.pagePositions()); i++) {
                MemorySegment bytes = Arena.ofAuto().allocate(model.storedPageBytes());
                KvPage page = sequence.page(i);
                model.writePage(page, bytes);
                page.release();
                stored.add(bytes);
            }
            return stored;
        }
    }

    /** A full page is stored alike everywhere, and a text goes on from pages that another backend stored. */
    void checkStored(CompiledModel model, List<MemorySegment> stored, List<float[]> expected, String how) {
        if (store(model).getFirst().mismatch(stored.getFirst()) != -1) {
            throw new AssertionError(how + ": a page is not stored as the scalar backend stores it");
        }
        List<KvPage> pages = stored.stream().map(model::readPage).toList();
        try (Sequence sequence = model.newSequence(pages, STORED)) {
            pages.forEach(KvPage::release);
            finish(model, sequence, expected, STORED, how + ", from stored pages");
        }
        if (model.kvBytes() != 0) {
            throw new AssertionError(how + ": " + model.kvBytes() + " bytes of pages are left");
        }
    }

    private static void require(String how, List<float[]> expected, List<float[]> actual) {
        for (int text = 0; text < expected.size(); text++) {
            requireSame(how + ", text " + text, expected.get(text), actual.get(text), LENGTHS[text]);
        }
    }

    private static void requireSame(String what, float[] expected, float[] actual, int rows) {
        Recording wanted = new Recording();
        wanted.add(what, expected.length / rows, expected);
        Recording got = new Recording();
        got.add(what, expected.length / rows, actual);
        wanted.requireSame(got);
    }

    /** All texts whole, one after another. */
    private List<float[]> inOneBatch(CompiledModel model) {
        Batch batch = new Batch();
        List<Sequence> sequences = new ArrayList<>();
        List<List<Logits>> targets = new ArrayList<>();
        for (int[] text : tokens) {
            Sequence sequence = model.newSequence();
            sequences.add(sequence);
            targets.add(add(batch, sequence, text, 0, text.length));
        }
        model.forward(batch, Cancellation.NEVER);
        sequences.forEach(Sequence::close);
        return targets.stream().map(this::values).toList();
    }

    /** Some tokens of each text in every call, as many as the call's number. */
    private List<float[]> sideBySide(CompiledModel model) {
        List<Sequence> sequences = new ArrayList<>();
        List<List<Logits>> targets = new ArrayList<>();
        for (int text = 0; text < tokens.length; text++) {
            sequences.add(model.newSequence());
            targets.add(new ArrayList<>());
        }
        Batch batch = new Batch();
        for (int call = 1; sequences.getFirst().length() < LENGTHS[0]; call++) {
            batch.clear();
            for (int text = tokens.length - 1; text >= 0; text--) {
                int from = sequences.get(text).length();
                int to = Math.min(from + call, LENGTHS[text]);
                targets.get(text).addAll(add(batch, sequences.get(text), tokens[text], from, to));
            }
            model.forward(batch, Cancellation.NEVER);
        }
        sequences.forEach(Sequence::close);
        return targets.stream().map(this::values).toList();
    }

    /** Another text's tokens are put behind part of the first and taken away again, before and after a fork. */
    private void forkAndTruncate(CompiledModel model, List<float[]> expected, String how) {
        Batch batch = new Batch();
        int cut = 66;
        try (Sequence sequence = model.newSequence()) {
            add(batch, sequence, tokens[0], 0, cut);
            model.forward(batch, Cancellation.NEVER);
            try (Sequence fork = sequence.fork()) {
                batch.clear();
                for (int i = 0; i < 9; i++) {
                    batch.add(sequence, cut + i, tokens[1][i], null);
                }
                model.forward(batch, Cancellation.NEVER);
                finish(model, fork, expected, cut, how + ", forked");
            }
            sequence.truncate(31);
            if (sequence.length() != 31 && !(model.isRecurrent() && sequence.length() < 31)) {
                throw new AssertionError(how + ": " + sequence.length() + " tokens are left, not 31");
            }
            finish(model, sequence, expected, sequence.length(), how + ", truncated");
            sequence.truncate(0);
            finish(model, sequence, expected, 0, how + ", from the start again");
        }
    }

    private void finish(CompiledModel model, Sequence sequence, List<float[]> expected, int from, String how) {
        Batch batch = new Batch();
        List<Logits> targets = add(batch, sequence, tokens[0], from, LENGTHS[0]);
        model.forward(batch, Cancellation.NEVER);
        float[] rest = Arrays.copyOfRange(expected.getFirst(), from * width, LENGTHS[0] * width);
        requireSame(how, rest, values(targets), LENGTHS[0] - from);
    }

    /** The best tokens alone, for rows here and there. */
    private void best(CompiledModel model, List<float[]> expected, String how) {
        int[] wanted = {1, 0, 0, 5, width + 2, 0, 40, 1, 0};
        Batch batch = new Batch();
        Logits[] targets = new Logits[wanted.length];
        try (Sequence sequence = model.newSequence()) {
            for (int i = 0; i < wanted.length; i++) {
                if (wanted[i] > 0) {
                    targets[i] = Logits.top(wanted[i]);
                    batch.add(sequence, i, tokens[1][i], targets[i]);
                } else {
                    batch.add(sequence, i, tokens[1][i], null);
                }
            }
            model.forward(batch, Cancellation.NEVER);
        }
        for (int i = 0; i < wanted.length; i++) {
            if (wanted[i] > 0) {
                Logits all = Logits.top(wanted[i]);
                all.fill(Arrays.copyOfRange(expected.get(1), i * width, (i + 1) * width));
                String what = how + ", best " + wanted[i] + " after token " + i;
                Recording want = new Recording();
                want.add(what, all.ids());
                want.add(what, wanted[i], all.values());
                Recording got = new Recording();
                got.add(what, targets[i].ids());
                got.add(what, wanted[i], targets[i].values());
                want.requireSame(got);
            }
        }
    }

    /** No logit of any token is a number, and so none is among the best. */
    void checkNotNumbers(CompiledModel model, String how) {
        Batch batch = new Batch();
        try (Sequence sequence = model.newSequence()) {
            List<Logits> all = add(batch, sequence, tokens[1], 0, LENGTHS[1] - 1);
            Logits best = Logits.top(3);
            batch.add(sequence, LENGTHS[1] - 1, tokens[1][LENGTHS[1] - 1], best);
            model.forward(batch, Cancellation.NEVER);
            float[] nothing = new float[all.size() * width];
            Arrays.fill(nothing, Float.NaN);
            requireSame(how + ", all logits", nothing, values(all), all.size());
            if (!Arrays.equals(best.ids(), new int[] {-1, -1, -1})) {
                throw new AssertionError(how + ": the best of logits that are not numbers are "
                        + Arrays.toString(best.ids()) + ", not none");
            }
        }
    }

    private List<Logits> add(Batch batch, Sequence sequence, int[] text, int from, int to) {
        List<Logits> targets = new ArrayList<>();
        for (int i = from; i < to; i++) {
            Logits target = Logits.all(width);
            targets.add(target);
            batch.add(sequence, i, text[i], target);
        }
        return targets;
    }

    private float[] values(List<Logits> targets) {
        float[] values = new float[targets.size() * width];
        for (int i = 0; i < targets.size(); i++) {
            System.arraycopy(targets.get(i).values(), 0, values, i * width, width);
        }
        return values;
    }
}
