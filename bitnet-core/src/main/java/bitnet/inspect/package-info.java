/** What goes wrong with model files in practice, found and explained. */
@NullMarked
package bitnet.inspect;

import org.jspecify.annotations.NullMarked;
