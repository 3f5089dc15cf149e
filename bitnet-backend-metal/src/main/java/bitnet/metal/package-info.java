/** Models on Apple GPUs, through Metal. */
@NullMarked
package bitnet.metal;

import org.jspecify.annotations.NullMarked;
