/** From a model to Core ML packages. */
@NullMarked
package bitnet.coreml.export;

import org.jspecify.annotations.NullMarked;
