/** The demo model: see its model card in {@code docs/demo-model}. */
@NullMarked
package bitnet.demo;

import org.jspecify.annotations.NullMarked;
