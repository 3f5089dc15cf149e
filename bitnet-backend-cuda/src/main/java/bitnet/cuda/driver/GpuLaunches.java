package bitnet.cuda.driver;

import static bitnet.cuda.driver.Check.check;

import bitnet.cuda.driver.GpuFunction.Grid;
import bitnet.cuda.driver.gen.CUlaunchAttributeValue_union;
import bitnet.cuda.driver.gen.CUlaunchAttribute_st;
import bitnet.cuda.driver.gen.CUlaunchConfig_st;
import bitnet.cuda.driver.gen.Cuda;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Puts kernels on a stream. What the driver wants to be told of a launch is kept from one to the next: a prompt is hundreds of
 * them. One thread at a time.
 */
public final class GpuLaunches {
    private final MemorySegment config;
    private final MemorySegment attributes;
    private final MemorySegment arguments;

    /** Launches on that stream. */
    public GpuLaunches(GpuStream stream) {
        Arena arena = Arena.ofAuto();
        config = CUlaunchConfig_st.allocate(arena);
        // 8 bytes aligned, as the driver's own declaration is.
        attributes = arena.allocate(2 * CUlaunchAttribute_st.sizeof(), Long.BYTES);
        arguments = arena.allocate(ValueLayout.ADDRESS);
        CUlaunchConfig_st.blockDimY(config, 1);
        CUlaunchConfig_st.blockDimZ(config, 1);
        CUlaunchConfig_st.hStream(config, stream.handle());
        CUlaunchConfig_st.attrs(config, attributes);
    }

    /**
     * Puts a launch on the stream.
     *
     * @param blocks in x, y and z
     * @param threads of a block
     * @param sharedBytes of a block, beside what the kernel declares
     * @param argument copied before this returns
     * @param start when its blocks may begin
     */
    public void launch(
            GpuFunction function, Grid blocks, int threads, int sharedBytes, MemorySegment argument, Start start) {
        CUlaunchConfig_st.gridDimX(config, blocks.x());
        CUlaunchConfig_st.gridDimY(config, blocks.y());
        CUlaunchConfig_st.gridDimZ(config, blocks.z());
        CUlaunchConfig_st.blockDimX(config, threads);
        CUlaunchConfig_st.sharedMemBytes(config, sharedBytes);
        int count = 0;
        if (start == Start.TOGETHER) {
            MemorySegment value = attribute(count++, Cuda.CU_LAUNCH_ATTRIBUTE_COOPERATIVE());
            CUlaunchAttributeValue_union.cooperative(value, 1);
        } else if (start == Start.OVERLAPPING) {
            MemorySegment value = attribute(count++, Cuda.CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION());
            CUlaunchAttributeValue_union.programmaticStreamSerializationAllowed(value, 1);
        }
        if (blocks.clusters()) {
            MemorySegment value = attribute(count++, Cuda.CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION());
            CUlaunchAttributeValue_union.clusterDim(value, 0, 1);
            CUlaunchAttributeValue_union.clusterDim(value, 1, 1);
            CUlaunchAttributeValue_union.clusterDim(value, 2, blocks.z());
        }
        CUlaunchConfig_st.numAttrs(config, count);
        arguments.set(ValueLayout.ADDRESS, 0, argument);
        int error = Cuda.cuLaunchKernelEx(config, function.handle(), arguments, MemorySegment.NULL);
        if (error != 0) {
            check(error, "the launch of " + function.name() + " with " + blocks + " blocks of " + threads + " threads");
        }
    }

    /** The value, yet to be set, of attribute {@code index}. */
    private MemorySegment attribute(int index, int id) {
        MemorySegment attribute = CUlaunchAttribute_st.asSlice(attributes, index);
        CUlaunchAttribute_st.id(attribute, id);
        return CUlaunchAttribute_st.value(attribute);
    }

    /** When the blocks of a launch may begin. */
    public enum Start {
        /** When the launch in front of it has ended. */
        AFTER,
        /**
         * Before that; the kernel itself waits for it before it touches what others write ({@code wait_for_others} in
         * {@code device.h}).
         */
        OVERLAPPING,
        /** When there is room for all of them at once, so that they can wait for one another. */
        TOGETHER
    }
}
