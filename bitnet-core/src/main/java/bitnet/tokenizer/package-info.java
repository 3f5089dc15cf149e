/** Tokenizers: text to token ids and back. */
@NullMarked
package bitnet.tokenizer;

import org.jspecify.annotations.NullMarked;
