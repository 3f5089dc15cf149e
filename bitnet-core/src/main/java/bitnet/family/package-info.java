/** Model families: which tensors a model of a family has, by the names of each container, and how they make a transformer. */
@NullMarked
package bitnet.family;

import org.jspecify.annotations.NullMarked;
