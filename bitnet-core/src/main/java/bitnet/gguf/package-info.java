/** GGUF files. */
@NullMarked
package bitnet.gguf;

import org.jspecify.annotations.NullMarked;
