package bitnet.coreml;

import bitnet.coreml.artifact.Feature;
import bitnet.coreml.artifact.FeatureType;
import bitnet.coreml.artifact.Function;
import bitnet.coreml.ffm.LoadedFunction;
import bitnet.coreml.mil.DataType;
import bitnet.coreml.mil.FunctionBuilder;
import bitnet.coreml.mil.Literal;
import bitnet.coreml.mil.Operations;
import bitnet.coreml.mil.Program;
import bitnet.coreml.mil.TensorType;
import bitnet.coreml.mil.Var;
import bitnet.coreml.mlpackage.PackageDigest;
import bitnet.coreml.mlpackage.PackageWriter;
import bitnet.spi.KnownProduct;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The {@link KnownProduct} as a model of one convolution, exported, compiled and run as any other. */
final class KnownProductModel {
    private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT;
    /** Sums of F16 products are rounded somewhere; two rows of the product differ by far more. */
    private static final float TOLERANCE = 16;

    private static final int ROWS = KnownProduct.ROWS;
    private static final int COLUMNS = KnownProduct.COLUMNS;

    private KnownProductModel() {}

    /**
     * The first row that comes out wrong, or -1.
     *
     * @throws IOException if files cannot be written
     * @throws CoreMlException if Core ML fails
     */
    static int firstWrongRow(Processors processors) throws IOException {
        Path directory = Files.createTempDirectory("bitnet-");
        try {
            Path modelPackage = directory.resolve("product.mlpackage");
            Function function = write(modelPackage);
            Path compiled = CompiledCache.compile(
                    modelPackage, PackageDigest.of(modelPackage).sha256());
            try (LoadedFunction loaded = LoadedFunction.load(compiled, function, processors)) {
                return firstWrongRow(loaded);
            }
        } finally {
            CompiledCache.delete(directory);
        }
    }

    private static int firstWrongRow(LoadedFunction loaded) {
        MemorySegment x = loaded.input(Function.X);
        for (int column = 0; column < COLUMNS; column++) {
            x.setAtIndex(HALF, column, Float.floatToFloat16(KnownProduct.activation(column)));
        }
        loaded.predict(null);
        MemorySegment y = loaded.output(Function.Y);
        for (int row = 0; row < ROWS; row++) {
            float found = Float.float16ToFloat(y.getAtIndex(HALF, row));
            float expected = KnownProduct.product(row) * KnownProduct.SCALE;
            if (!(Math.abs(found - expected) <= TOLERANCE)) {
                return row;
            }
        }
        return -1;
    }

    private static Function write(Path directory) throws IOException {
        try (PackageWriter writer = new PackageWriter(directory)) {
            FunctionBuilder function = new FunctionBuilder("product");
            Operations operations = new Operations(function);
            Var x = function.input(new Feature(Function.X, FeatureType.FLOAT16, List.of(1, COLUMNS, 1, 1)));
            Literal.Stored codes = writer.weights()
                    .add(TensorType.of(DataType.UINT2, ROWS, COLUMNS, 1, 1), sink -> sink.write(codes()));
            float scale = KnownProduct.SCALE;
            Literal palette = Literal.halves(TensorType.of(DataType.FLOAT16, 1, 1, 1, 1, 4, 1), -scale, 0f, scale, 0f);
            Var y = operations.conv("product", x, operations.lookUp("weights", codes, palette));
            function.output(new Feature(Function.Y, FeatureType.FLOAT16, List.of(1, ROWS, 1, 1)), y);
            writer.finish(Program.serialize(List.of(function), "a product with a known answer", "1"));
            return function.describe();
        }
    }

    /** Four to a byte, the first in the lowest bits. */
    private static ByteBuffer codes() {
        byte[] packed = new byte[ROWS * COLUMNS / 4];
        for (int row = 0; row < ROWS; row++) {
            for (int column = 0; column < COLUMNS; column++) {
                int at = row * COLUMNS + column;
                packed[at / 4] |= (byte) ((KnownProduct.weight(row, column) + 1) << (at % 4 * 2));
            }
        }
        return ByteBuffer.wrap(packed);
    }
}
