/**
 * Reads exported packages and computes what they say, in F16: a stand-in for Core ML where there is none. It shares no code
 * with the exporter; the wire format is read by protobuf-java.
 */
@NullMarked
package bitnet.coreml.interpreter;

import org.jspecify.annotations.NullMarked;
