/** The API: load a {@link bitnet.Model}, chat with it, see which device answers and why. */
@NullMarked
package bitnet;

import org.jspecify.annotations.NullMarked;
