/** What Spring Boot makes of the properties {@code spring.ai.bitnet}. */
@NullMarked
package bitnet.springai.autoconfigure;

import org.jspecify.annotations.NullMarked;
