package bitnet.forward;

import bitnet.spi.Kernels;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.function.Consumer;

/** Kernels with something done before each run, or on close. */
final class Intercepted {
    private Intercepted() {}

    /** {@code before} is called with the name of every method before it is. */
    static Kernels kernels(Kernels kernels, Consumer<String> before) {
        return (Kernels) Proxy.newProxyInstance(
                Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class}, (proxy, method, arguments) -> {
                    before.accept(method.getName());
                    try {
                        return method.invoke(kernels, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
