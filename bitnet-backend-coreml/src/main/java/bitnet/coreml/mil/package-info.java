/**
 * Programs of Core ML's model intermediate language (MIL), and their serialised form.
 *
 * <p>Field numbers and rules are those of {@code MIL.proto}, {@code Model.proto} and {@code FeatureTypes.proto} of Apple's
 * coremltools, specification version 9 (iOS 18, macOS 15).
 */
@NullMarked
package bitnet.coreml.mil;

import org.jspecify.annotations.NullMarked;
