/**
 * Checks for authors of backends: {@link bitnet.conformance.KernelConformance} compares every operation of a backend's
 * {@link bitnet.spi.Kernels} with the scalar kernels, and {@link bitnet.conformance.ModelConformance} whole models of a
 * {@link bitnet.spi.KernelBackend}, by {@code floatToRawIntBits}. All data is made from fixed seeds.
 *
 * <p>The artifact {@code bitnet-conformance} is a test dependency of the backend's module and needs no test framework; with
 * JUnit:
 *
 * {@snippet :
 * @TestFactory
 * Stream<DynamicTest> kernels() {
 *     return new KernelConformance(MyProbe::new).checks().stream()
 *             .map(check -> DynamicTest.dynamicTest(check.name(), check::run));
 * }
 *
 * @TestFactory
 * Stream<DynamicTest> models() {
 *     return new ModelConformance(new MyBackend(), new int[] {1, 3}).checks().stream()
 *             .map(check -> DynamicTest.dynamicTest(check.name(), check::run));
 * }
 * }
 *
 * <p>A check throws {@link java.lang.AssertionError} that says which operation, step, row and element differ, with both values. A backend
 * that refuses a shape throws {@link bitnet.spi.UnsupportedByBackendException}, which the check passes on: the test decides
 * whether that is right.
 */
@NullMarked
package bitnet.conformance;

import org.jspecify.annotations.NullMarked;
