/** Spring AI's models over a {@link bitnet.Model} in this process. */
@NullMarked
package bitnet.springai;

import org.jspecify.annotations.NullMarked;
