/**
 * Many rows through one model, on the machines of a cluster: a model for all work of a JVM, rows under way side by side in a bounded
 * window, seeds that a row has wherever it is computed, and options as text by name.
 */
@NullMarked
package bitnet.batch;

import org.jspecify.annotations.NullMarked;
