/** Models of Apache Flink's SQL that run inside the task managers. */
@NullMarked
package bitnet.flink;

import org.jspecify.annotations.NullMarked;
