package bitnet.gguf;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.zip.GZIPInputStream;

/** Files of the tests, in memory. */
final class Resources {
    private Resources() {}

    static byte[] bytes(String name) {
        try (InputStream plain = Resources.class.getResourceAsStream(name);
                InputStream in = plain != null
                        ? plain
                        : new GZIPInputStream(Resources.class.getResourceAsStream(name + ".gz"))) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static GgufFile file(String name) {
        return GgufFile.of(name, MemorySegment.ofArray(bytes(name)));
    }

    static GgufModel model(String name, GgufOptions options) {
        return GgufModel.of(file(name), options);
    }
}
