/** Behind the API: loading, backend selection, sessions and generation. */
@NullMarked
package bitnet.engine;

import org.jspecify.annotations.NullMarked;
