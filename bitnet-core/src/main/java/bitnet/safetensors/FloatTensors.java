package bitnet.safetensors;

import bitnet.ModelFormatException;
import bitnet.ModelUnsupportedException;
import bitnet.model.FloatTable;
import bitnet.tensor.Dequantize;
import bitnet.tensor.ElementType;

/** Reads what a model keeps in float: tables, norm weights and scales. */
final class FloatTensors {
    private FloatTensors() {}

    /** A matrix as it lies in the file. */
    static FloatTable table(StoredTensor tensor, int rows, int columns) {
        return new FloatTable(tensor.name(), elementType(tensor), rows, columns, tensor.data());
    }

    /** All elements; finite. */
    static float[] vector(StoredTensor tensor) {
        ElementType type = elementType(tensor);
        int length = Math.toIntExact(tensor.data().byteSize() / type.blockBytes());
        float[] values = new float[length];
        Dequantize.row(type, tensor.data().copy(), 0, length, values);
        for (int i = 0; i < length; i++) {
            if (!Float.isFinite(values[i])) {
                throw new ModelFormatException(tensor.source(), tensor.name(), "element " + i + " is " + values[i]);
            }
        }
        return values;
    }

    /** The weights of a norm: finite, and not all zero, as they are where a download never arrived. */
    static float[] norm(StoredTensor tensor) {
        float[] weights = vector(tensor);
        if (isZero(weights)) {
            throw new ModelFormatException(
                    tensor.source(),
                    tensor.name(),
                    "all its " + weights.length + " weights are zero; is the file whole?");
        }
        return weights;
    }

    /** The weights of a norm that is stored as what they differ from 1 by. */
    static float[] normAroundOne(StoredTensor tensor) {
        float[] weights = vector(tensor);
        for (int i = 0; i < weights.length; i++) {
            weights[i] += 1;
        }
        return weights;
    }

    /** Whether all are 0. */
    static boolean isZero(float[] values) {
        for (float value : values) {
            if (value != 0) {
                return false;
            }
        }
        return true;
    }

    /** The only element; finite. */
    static float scalar(StoredTensor tensor) {
        ElementType type = elementType(tensor);
        if (tensor.data().byteSize() != type.blockBytes()) {
            throw new ModelFormatException(
                    tensor.source(), tensor.name(), tensor.describe() + ", expected one element");
        }
        return vector(tensor)[0];
    }

    /** How the elements are stored. */
    static ElementType elementType(StoredTensor tensor) {
        return tensor.dtype()
                .elementType()
                .orElseThrow(() -> new ModelUnsupportedException(
                        tensor.source(),
                        tensor.name() + " is " + tensor.dtype() + "; F32, F16 and BF16 are supported"));
    }
}
