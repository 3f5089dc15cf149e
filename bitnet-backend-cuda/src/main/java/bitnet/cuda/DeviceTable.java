package bitnet.cuda;

import bitnet.cuda.gen.BitnetCuda;
import bitnet.spi.Kernels;
import bitnet.tensor.ElementType;
import java.lang.foreign.MemorySegment;

/**
 * An embedding, a head or a small matrix on the device, as the model's file has it.
 *
 * @param data rows of {@code type.rowBytes(columns)} bytes
 */
record DeviceTable(ElementType type, int rows, int columns, MemorySegment data)
        implements Kernels.Embedding, Kernels.FloatMatrix {
    /** As kernels call the type. */
    int typeCode() {
        return switch (type) {
            case F32 -> BitnetCuda.BITNET_F32();
            case F16 -> BitnetCuda.BITNET_F16();
            case BF16 -> BitnetCuda.BITNET_BF16();
            case Q8_0 -> BitnetCuda.BITNET_Q8_0();
            case Q6_K -> BitnetCuda.BITNET_Q6_K();
            case Q5_0 -> BitnetCuda.BITNET_Q5_0();
            case Q4_0 -> BitnetCuda.BITNET_Q4_0();
        };
    }

    long rowBytes() {
        return type.rowBytes(columns);
    }
}
