package bitnet.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/** A ternary weight matrix of a file: {@code rows} outputs by {@code columns} inputs. Thread-safe. */
public interface TernaryTensor {
    /** The tensor's name in its file, for messages. */
    String name();

    /** Outputs. */
    int rows();

    /** Inputs. */
    int columns();

    /** Which weights share a scale. */
    default ScaleGranularity granularity() {
        return ScaleGranularity.TENSOR;
    }

    /**
     * The weights in the {@linkplain bitnet.tensor.TernaryLayout canonical layout}, read from the file and converted if need be.
     * The codes are allocated from {@code allocator} first, then the scales of groups, and nothing else: memory that a device
     * sees can take them. A tensor that is in memory already in this layout answers with a view and allocates nothing.
     * Backends ask for one tensor after another and keep only their own layout.
     *
     * @throws bitnet.ModelFormatException if the file cannot be read, the data is not ternary or a scale is not a finite number
     */
    Packed pack(SegmentAllocator allocator);

    /**
     * Weights and their scales: element {@code (r, c)} is {@code (code - 1) * scale}, with the scale of the matrix or of the
     * element's group. Code 3, which is +2, occurs only with scales of groups.
     *
     * @param codes {@code rows * TernaryLayout.rowBytes(columns)} bytes, read-only
     * @param scale of all weights, finite; NaN where groups have scales
     * @param groupScales F16 in native order, group by group and row by row, {@code rows * granularity().groups(columns)} of
     *     them, finite; empty where the matrix has one scale
     */
    record Packed(MemorySegment codes, float scale, MemorySegment groupScales) {
        /** Weights of one scale. */
        public Packed(MemorySegment codes, float scale) {
            this(codes, scale, MemorySegment.NULL);
        }

        /** Weights with scales of groups. */
        public Packed(MemorySegment codes, MemorySegment groupScales) {
            this(codes, Float.NaN, groupScales);
        }
    }
}
