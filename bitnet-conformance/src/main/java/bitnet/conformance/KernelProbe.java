package bitnet.conformance;

import bitnet.model.ModelConfig;
import bitnet.spi.CompileOptions;
import bitnet.spi.Kernels;

/**
 * Kernels under test, with a way to put values into their buffers and to read them back. Both happen between runs, never
 * inside of one.
 */
public interface KernelProbe extends AutoCloseable {
    /** Makes kernels for a shape. Every check makes its own, and runs one program on them. */
    @FunctionalInterface
    interface Factory {
        /** @throws bitnet.spi.UnsupportedByBackendException if the backend cannot run such a shape */
        KernelProbe open(ModelConfig config, CompileOptions options);
    }

    /** The kernels. */
    Kernels kernels();

    /** Overwrites the first rows of a buffer: {@code values.length / columns} rows of {@code columns} values. */
    void write(Kernels.Floats floats, int columns, float[] values);

    /** The first {@code rows} rows of {@code columns} values. */
    float[] read(Kernels.Floats floats, int columns, int rows);

    /** Closes the kernels. */
    @Override
    default void close() {
        kernels().close();
    }
}
