/** What a compute backend implements: {@link bitnet.spi.KernelBackend} outside, {@link bitnet.spi.Kernels} inside. */
@NullMarked
package bitnet.spi;

import org.jspecify.annotations.NullMarked;
