/** Element types and ternary layouts: how weights lie in memory, and how to read them exactly. */
@NullMarked
package bitnet.tensor;

import org.jspecify.annotations.NullMarked;
