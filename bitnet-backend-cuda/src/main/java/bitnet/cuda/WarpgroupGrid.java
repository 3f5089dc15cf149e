package bitnet.cuda;

import bitnet.cuda.driver.GpuFunction.Grid;

/**
 * How a product is spread over a device by {@code ternary_matmul_warpgroup}, whose blocks have a multiprocessor each.
 *
 * @param tokens of a tile
 * @param tiles of the product, a tile being 256 rows by {@code tokens}
 * @param split blocks of a cluster, which share the chunks of a tile
 * @param blocks that have tiles of their own
 */
record WarpgroupGrid(int tokens, int tiles, int split, int blocks) {
    static final int THREADS = 640;
    /** Tiles of 16 rows of a tile. */
    static final int UNIT_TILES = 16;

    private static final int FEWEST_TOKENS = 32;
    private static final int MOST_TOKENS = 128;
    /** More blocks of a cluster work everywhere up to 8 only. */
    private static final int MOST_SPLIT = 8;
    /**
     * Clocks of an H200: 34 more chunks took 720, 930 and 1010 each with 32, 64 and 128 tokens, and tiles of 20 chunks as long as
     * 4600 and 105 a token beside that.
     */
    private static final int CLOCKS_OF_CHUNK = 640;

    private static final int CLOCKS_OF_CHUNK_AND_TOKEN = 3;
    private static final int CLOCKS_OF_TILE = 4600;
    private static final int CLOCKS_OF_TOKEN = 105;
    private static final int CLOCKS_OF_CLUSTER = 1000;

    private static final int ALIGNMENT = 1024;
    private static final int GROUPS = 4;
    private static final int STAGE_BARRIERS_BYTES = 16;
    /** Of a token and the rows of a warpgroup: sums of 32 pairs of rows, padded by two, and what they need. */
    private static final int GROUP_BYTES = 34 * 2 * Integer.BYTES + 32;

    /** The one that promises to take the fewest clocks. */
    static WarpgroupGrid of(int unitTiles, int chunks, int rows, int processors) {
        WarpgroupGrid best = of(unitTiles, rows, processors, FEWEST_TOKENS, 1);
        for (int tokens = FEWEST_TOKENS; tokens <= MOST_TOKENS; tokens *= 2) {
            for (int split = 1; split <= Math.min(MOST_SPLIT, chunks); split *= 2) {
                WarpgroupGrid grid = of(unitTiles, rows, processors, tokens, split);
                if (grid.runsAtOnce(processors) && grid.clocks(chunks) < best.clocks(chunks)) {
                    best = grid;
                }
            }
        }
        return best;
    }

    private static WarpgroupGrid of(int unitTiles, int rows, int processors, int tokens, int split) {
        int tiles = Math.ceilDiv(unitTiles, UNIT_TILES) * Math.ceilDiv(rows, tokens);
        return new WarpgroupGrid(tokens, tiles, split, split == 1 ? Math.min(tiles, processors) : tiles);
    }

    /**
     * Of 132 multiprocessors clusters of 2, 4 and 8 blocks found room for 120 blocks at once; those of 3 and 6 did not, and took
     * as long as two rounds.
     */
    private boolean runsAtOnce(int processors) {
        return split == 1 || tiles * split <= processors - processors / 11;
    }

    private long clocks(int chunks) {
        long chunk = CLOCKS_OF_CHUNK + (long) CLOCKS_OF_CHUNK_AND_TOKEN * tokens;
        long tile = CLOCKS_OF_TILE
                + Math.ceilDiv(chunks, split) * chunk
                + (long) CLOCKS_OF_TOKEN * tokens / split
                + (split == 1 ? 0 : CLOCKS_OF_CLUSTER * split);
        return Math.ceilDiv(tiles, blocks) * tile;
    }

    /** Where {@code split} is more than 1, clusters, which have one tile each. */
    Grid grid() {
        return new Grid(blocks, 1, split, split > 1);
    }

    int sharedBytes() {
        int stages = tokens == MOST_TOKENS ? 4 : 8;
        return ALIGNMENT
                + stages * (tokens * PackedTernary.CHUNK + STAGE_BARRIERS_BYTES)
                + GROUPS * tokens * GROUP_BYTES;
    }
}
