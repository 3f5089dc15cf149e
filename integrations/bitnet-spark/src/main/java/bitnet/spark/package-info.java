/**
 * Transformers and SQL functions of Apache Spark that generate and embed inside the executors, with one model for all tasks of an
 * executor.
 */
@NullMarked
package bitnet.spark;

import org.jspecify.annotations.NullMarked;
