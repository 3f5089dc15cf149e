/** Scalar kernels: the executable definition of the numerics contract, and the backend that always works. */
@NullMarked
package bitnet.scalar;

import org.jspecify.annotations.NullMarked;
