/** The {@code bitnet} command: one class a command, and the options and outputs that they share. */
@NullMarked
package bitnet.cli;

import org.jspecify.annotations.NullMarked;
