/** Writes any model that bitnet reads as a GGUF file, and proves that it reads back. */
@NullMarked
package bitnet.convert;

import org.jspecify.annotations.NullMarked;
