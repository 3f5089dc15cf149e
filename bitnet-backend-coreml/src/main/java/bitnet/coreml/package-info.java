/** The backend for the Apple Neural Engine: exported models through Core ML. */
@NullMarked
package bitnet.coreml;

import org.jspecify.annotations.NullMarked;
