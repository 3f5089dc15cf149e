package bitnet.metal;

import bitnet.metal.gen.bitnet_metal_tile;
import bitnet.spi.KvMemory;
import bitnet.spi.Step;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * How attention takes the rows of a step: tiles of consecutive rows of one sequence, and groups of tiles, each of which is
 * computed by itself so that partial results fit into their buffer.
 */
final class AttentionTiles {
    /** Rows of a tile at most: enough for the kernels to share keys and values among queries. */
    private static final int TILE = 64;

    private final MetalBuffer tiles;
    /** Bytes of partial results for one row and one chunk of positions. */
    private final long unitBytes;

    private final long partialBytes;
    private final Group[] groups;
    private int tileCount;
    private int groupCount;

    /** Consecutive tiles. Reused from step to step. */
    static final class Group {
        private int firstTile;
        private int tiles;
        private int rows;
        private int most;
        private int positions;

        int firstTile() {
            return firstTile;
        }

        int tiles() {
            return tiles;
        }

        /** Rows of all tiles. */
        int rows() {
            return rows;
        }

        /** Rows of the longest tile. */
        int most() {
            return most;
        }

        /** One more than the largest position. */
        int positions() {
            return positions;
        }
    }

    /**
     * @param unitBytes of partial results for one row and one chunk
     * @param partialBytes that there is room for: at least one row of the longest sequence
     */
    AttentionTiles(MetalMemory memory, int maxRows, long unitBytes, long partialBytes) {
        tiles = memory.allocate(maxRows * bitnet_metal_tile.sizeof());
        this.unitBytes = unitBytes;
        this.partialBytes = partialBytes;
        groups = new Group[maxRows];
    }

    /** For the generated bindings. */
    MemorySegment handle() {
        return tiles.handle();
    }

    /** Groups of the step. */
    int groups() {
        return groupCount;
    }

    /** One of them. */
    Group group(int i) {
        return groups[i];
    }

    /** Divides the rows of a step. */
    void fill(Step step) {
        tileCount = 0;
        groupCount = 0;
        Group group = null;
        int count = 0;
        for (int row = 0; row < step.rows(); row++) {
            int positions = step.position(row) + 1;
            boolean fits = group != null && bytes(group.rows + 1, Math.max(group.positions, positions)) <= partialBytes;
            if (group == null || !fits) {
                group = nextGroup();
                count = 0;
            }
            if (count == 0 || count == TILE || !step.cache(row).equals(step.cache(row - 1))) {
                begin(group, row);
                count = 0;
            }
            count++;
            set(tileCount - 1, bitnet_metal_tile.count$offset(), count);
            group.rows++;
            group.most = Math.max(group.most, count);
            group.positions = Math.max(group.positions, positions);
        }
    }

    private long bytes(int rows, int positions) {
        return unitBytes * rows * Math.ceilDiv(positions, KvMemory.PAGE);
    }

    private Group nextGroup() {
        if (groups[groupCount] == null) {
            groups[groupCount] = new Group();
        }
        Group group = groups[groupCount++];
        group.firstTile = tileCount;
        group.tiles = 0;
        group.rows = 0;
        group.most = 0;
        group.positions = 0;
        return group;
    }

    private void begin(Group group, int row) {
        set(tileCount, bitnet_metal_tile.first$offset(), row);
        set(tileCount, bitnet_metal_tile.partial_row$offset(), group.rows);
        tileCount++;
        group.tiles++;
    }

    private void set(int tile, long field, int value) {
        tiles.data().set(ValueLayout.JAVA_INT, tile * bitnet_metal_tile.sizeof() + field, value);
    }
}
