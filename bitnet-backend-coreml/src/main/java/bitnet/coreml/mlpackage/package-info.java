/** The {@code .mlpackage} directory: manifest, program and weight file. */
@NullMarked
package bitnet.coreml.mlpackage;

import org.jspecify.annotations.NullMarked;
