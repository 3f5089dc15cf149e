/** The backend for NVIDIA GPUs. {@link bitnet.cuda.CudaBackend} is what others may use. */
@NullMarked
package bitnet.cuda;

import org.jspecify.annotations.NullMarked;
