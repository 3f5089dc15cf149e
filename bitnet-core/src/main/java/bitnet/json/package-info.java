/** JSON from strangers, read with limits. */
@NullMarked
package bitnet.json;

import org.jspecify.annotations.NullMarked;
