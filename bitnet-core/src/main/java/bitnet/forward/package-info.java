/** The forward pass, written once over {@link bitnet.spi.Kernels}. */
@NullMarked
package bitnet.forward;

import org.jspecify.annotations.NullMarked;
