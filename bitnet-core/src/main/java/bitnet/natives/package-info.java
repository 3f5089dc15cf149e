/** How backends find the native libraries that travel in their jars, and where unpacked files live. */
@NullMarked
package bitnet.natives;

import org.jspecify.annotations.NullMarked;
