package bitnet.cuda;

import bitnet.cuda.driver.GpuFunction.Grid;

/**
 * How a product of many tokens is spread over a device by {@code grouped_matmul_warpgroup}, whose blocks have a multiprocessor each.
 *
 * @param tokens of a tile
 * @param groups of 64 rows of a tile
 * @param tiles of the product
 * @param blocks that share them
 */
record GroupedGrid(int tokens, int groups, int tiles, int blocks) {
    /** What a tile of 192 rows by 64 tokens takes to one of 128 by 128, on an H200. */
    private static final int SMALL_COST = 25;

    private static final int LARGE_COST = 37;
    private static final int GROUP_TILES = 4;
    private static final int GROUP_THREADS = 128;
    /** Four units. */
    private static final int RUN_BYTES = 4 * 544;

    private static final int ALIGNMENT = 1024;
    private static final int BARRIER_BYTES = 16;

    /** The one that computes the fewest outputs one after the other. */
    static GroupedGrid of(int unitTiles, int rows, int processors) {
        GroupedGrid small = of(64, 3, unitTiles, rows, processors);
        GroupedGrid large = of(128, 2, unitTiles, rows, processors);
        return large.turns() <= small.turns() ? large : small;
    }

    private static GroupedGrid of(int tokens, int groups, int unitTiles, int rows, int processors) {
        int tiles = Math.ceilDiv(unitTiles, groups * GROUP_TILES) * Math.ceilDiv(rows, tokens);
        return new GroupedGrid(tokens, groups, tiles, Math.min(tiles, processors));
    }

    private long turns() {
        return (long) Math.ceilDiv(tiles, blocks) * (tokens > 64 ? LARGE_COST : SMALL_COST);
    }

    String kernel() {
        return "grouped_matmul_warpgroup_" + tokens;
    }

    Grid grid() {
        return new Grid(blocks, 1, 1);
    }

    int threads() {
        return (groups + 1) * GROUP_THREADS;
    }

    /** {@code Shared} in the kernel. */
    int sharedBytes() {
        int stage = 2 * tokens * PackedTernary.CHUNK + BARRIER_BYTES;
        int run = groups * GROUP_TILES * RUN_BYTES + BARRIER_BYTES;
        int sums = tokens / 2 * groups * GROUP_THREADS * Float.BYTES;
        int facts = groups * GROUP_TILES * (tokens + RowOrder.TILE) * Float.BYTES;
        return ALIGNMENT + (tokens > 64 ? 3 : 6) * stage + 2 * run + sums + facts;
    }
}
