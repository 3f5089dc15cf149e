/** JSON from strangers, read with limits, and small values of JSON written. */
@NullMarked
package bitnet.json;

import org.jspecify.annotations.NullMarked;
