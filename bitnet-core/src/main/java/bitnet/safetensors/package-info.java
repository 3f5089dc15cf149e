/** Hugging Face model directories. */
@NullMarked
package bitnet.safetensors;

import org.jspecify.annotations.NullMarked;
