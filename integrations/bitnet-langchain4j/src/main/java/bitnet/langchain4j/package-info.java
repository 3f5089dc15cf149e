/** LangChain4j's models over a {@link bitnet.Model} in this process. */
@NullMarked
package bitnet.langchain4j;

import org.jspecify.annotations.NullMarked;
