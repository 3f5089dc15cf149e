/** How backends find the native libraries that travel in their jars. */
@NullMarked
package bitnet.natives;

import org.jspecify.annotations.NullMarked;
