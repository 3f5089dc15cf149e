package bitnet.gguf;

import bitnet.tensor.StoredBytes;
import bitnet.tensor.StoredFile;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * One file: a whole model, or a part of a set.
 *
 * @param source the file, for messages
 * @param bytes all of it
 * @param file what is to be closed; null if it is in memory
 * @param header what stands before the tensors' data
 */
record GgufPart(String source, StoredBytes bytes, @Nullable StoredFile file, GgufHeader header) {

    static GgufPart open(Path path) {
        StoredFile file = StoredFile.open(path);
        try {
            return new GgufPart(file.source(), file.bytes(), file, GgufHeader.read(file.source(), file.bytes()));
        } catch (RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    static GgufPart of(String source, StoredBytes bytes) {
        return new GgufPart(source, bytes, null, GgufHeader.read(source, bytes));
    }

    StoredBytes data(GgufTensor tensor) {
        return bytes.slice(tensor.offset(), tensor.bytes());
    }

    /** Pages of a tensor that were read and hold nothing but zeros. */
    int zeroPages(GgufTensor tensor) {
        return tensor.bytes() < 0 ? 0 : data(tensor).zeroPages();
    }

    void requireUnchanged() {
        if (file != null) {
            file.requireUnchanged();
        }
    }

    void close() {
        if (file != null) {
            file.close();
        }
    }
}
