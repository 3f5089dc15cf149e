package bitnet.cuda;

import bitnet.spi.Kernels;
import java.lang.foreign.MemorySegment;

/**
 * The weights of a norm on the device.
 *
 * @param weights with zeros up to a whole chunk
 */
record DeviceGain(MemorySegment weights) implements Kernels.Gain {}
