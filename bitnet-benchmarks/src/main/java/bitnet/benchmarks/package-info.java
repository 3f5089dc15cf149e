/** How fast the operations are, by themselves, with the shapes of BitNet b1.58 2B-4T. */
@NullMarked
package bitnet.benchmarks;

import org.jspecify.annotations.NullMarked;
