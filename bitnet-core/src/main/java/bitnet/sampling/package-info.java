/** From logits to the next token. */
@NullMarked
package bitnet.sampling;

import org.jspecify.annotations.NullMarked;
