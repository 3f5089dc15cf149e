/** The CUDA driver: devices, memory, streams, graphs and launches, with every error as a {@link bitnet.cuda.driver.CudaException}. */
@NullMarked
package bitnet.cuda.driver;

import org.jspecify.annotations.NullMarked;
