/** Core ML through {@code native/coreml}: failures as exceptions, handles as objects. {@code gen} is jextract's. */
@NullMarked
package bitnet.coreml.ffm;

import org.jspecify.annotations.NullMarked;
