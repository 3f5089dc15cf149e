/** A model behind the HTTP interface that OpenAI clients speak; {@link bitnet.server.BitNetServer} is the entry. */
@NullMarked
package bitnet.server;

import org.jspecify.annotations.NullMarked;
