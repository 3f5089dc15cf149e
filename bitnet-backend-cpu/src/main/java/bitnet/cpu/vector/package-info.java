/** Operations by the Vector API, for machines without native kernels. */
@NullMarked
package bitnet.cpu.vector;

import org.jspecify.annotations.NullMarked;
