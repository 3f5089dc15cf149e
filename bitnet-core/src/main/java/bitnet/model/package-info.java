/** What a BitNet transformer is: its configuration and its tensors, whatever file they came from. */
@NullMarked
package bitnet.model;

import org.jspecify.annotations.NullMarked;
