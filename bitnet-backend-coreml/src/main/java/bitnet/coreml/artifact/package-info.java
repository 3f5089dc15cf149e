/** What an export leaves on disk: packages and the manifest that describes them, and how they are found again. */
@NullMarked
package bitnet.coreml.artifact;

import org.jspecify.annotations.NullMarked;
