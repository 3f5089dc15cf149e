/**
 * Models on CPUs: worker threads, memory, and {@link bitnet.spi.Kernels} over operations that native code
 * ({@code bitnet.cpu.ffm}) or the Vector API ({@code bitnet.cpu.vector}) supplies.
 */
@NullMarked
package bitnet.cpu;

import org.jspecify.annotations.NullMarked;
