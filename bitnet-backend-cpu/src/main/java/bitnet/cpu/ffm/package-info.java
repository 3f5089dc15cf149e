/** Operations in native code: {@code native/cpu}, called through the foreign function interface. */
@NullMarked
package bitnet.cpu.ffm;

import org.jspecify.annotations.NullMarked;
