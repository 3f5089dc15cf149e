package bitnet.convert;

import bitnet.gguf.GgufWriter;
import bitnet.model.ModelFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Writes models as GGUF files. The file is written under a temporary name beside its own, a tensor at a time, read back and
 * compared with the source, and only then moved into place: whatever happens, there is a whole file or none.
 */
public final class ModelConverter {
    private ModelConverter() {}

    /**
     * Converts a model.
     *
     * @param source any open model
     * @param target the file to write
     * @throws FileAlreadyExistsException if there is one and {@link ConvertOptions#overwrite()} is false
     * @throws IOException if the file cannot be written, if what is there is a device, a pipe or a socket, or if
     *     it is a place in another file system than the default one
     * @throws bitnet.ModelUnsupportedException if the model has no place in this type, such as rows of a length that is not a
     *     multiple of its blocks
     * @throws bitnet.ModelFormatException if the source is damaged, or if what was written does not read back as it should
     * @throws java.util.concurrent.CancellationException if the options' cancellation said so
     */
    public static ConversionReport convert(ModelFile source, Path target, ConvertOptions options) throws IOException {
        if (!target.getFileSystem().equals(FileSystems.getDefault())) {
            throw new FileSystemException(target.toString(), null, "not in the default file system; name a file in it");
        }
        if (Files.exists(target)) {
            if (Files.isDirectory(target) || !options.overwrite()) {
                throw new FileAlreadyExistsException(target.toString());
            }
            if (!Files.isRegularFile(target)) {
                throw new FileSystemException(target.toString(), null, "not a regular file; a model cannot replace it");
            }
            refuseSource(source, target);
            // The file that a link names is replaced, and not the link.
            return write(source, target.toRealPath(), options);
        }
        return write(source, target, options);
    }

    private static ConversionReport write(ModelFile source, Path target, ConvertOptions options) throws IOException {
        GgufExport export = GgufExport.of(source, options);
        try (TemporaryFile file = new TemporaryFile(target)) {
            write(export.writer(), file.path(), target);
            long bytes = Files.size(file.path());
            source.requireUnchanged();
            @Nullable
            Verification verification = options.verify() ? Verifier.verify(source, file.path(), target, options) : null;
            file.moveTo(target, options.overwrite());
            return new ConversionReport(
                    target, bytes, export.architecture(), options.type(), export.embeddingType(), verification);
        }
    }

    private static void write(GgufWriter writer, Path path, Path target) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            writer.write(channel);
            channel.force(true);
        } catch (IOException e) {
            // What the system says of a full disk names no file.
            var named = new FileSystemException(target.toString(), null, "cannot be written: " + e.getMessage());
            named.initCause(e);
            throw named;
        }
    }

    /** A file must not be replaced while it is read. */
    private static void refuseSource(ModelFile source, Path target) throws IOException {
        Path path = Path.of(source.source());
        if (Files.exists(path) && Files.isSameFile(path, target)) {
            throw new FileAlreadyExistsException(target.toString(), null, "it is the model to convert");
        }
    }
}
