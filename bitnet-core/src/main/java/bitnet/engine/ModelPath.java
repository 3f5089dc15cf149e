package bitnet.engine;

import bitnet.ModelFormatException;
import bitnet.ModelUnsupportedException;
import bitnet.gguf.GgufModel;
import bitnet.gguf.GgufOptions;
import bitnet.model.ModelFile;
import bitnet.safetensors.HuggingFaceModel;
import bitnet.tensor.I2sLayout;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Finds out what a path is, by content rather than by name, and opens it. */
final class ModelPath {
    private static final int HEAD_BYTES = 64;

    private ModelPath() {}

    /**
     * Opens a GGUF file or a Hugging Face directory.
     *
     * @throws ModelFormatException if there is nothing, or nothing that is a model
     * @throws ModelUnsupportedException if it is a model of another kind; the message says what to do
     */
    static ModelFile open(Path path, I2sLayout layout) {
        if (Files.isDirectory(path)) {
            return openDirectory(path);
        }
        if (!Files.exists(path)) {
            throw new ModelFormatException(path.toString(), "path", "there is no such file or directory");
        }
        if (!Files.isRegularFile(path)) {
            throw new ModelFormatException(path.toString(), "path", "this is not a regular file");
        }
        byte[] head = head(path);
        if (startsWith(head, "GGUF")) {
            return GgufModel.open(path, GgufOptions.DEFAULT.withI2sLayout(layout));
        }
        if (head.length > 0 && HuggingFaceModel.accepts(path)) {
            return HuggingFaceModel.open(path);
        }
        throw notAModel(path, head);
    }

    private static ModelFile openDirectory(Path directory) {
        if (HuggingFaceModel.accepts(directory)) {
            return HuggingFaceModel.open(directory);
        }
        List<String> gguf = ggufFiles(directory);
        throw new ModelFormatException(
                directory.toString(),
                "directory",
                gguf.isEmpty()
                        ? "it has no config.json, as a Hugging Face model has, and no .gguf file"
                        : "it has no config.json, as a Hugging Face model has; name one of its files: "
                                + String.join(", ", gguf));
    }

    private static List<String> ggufFiles(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> name.endsWith(".gguf"))
                    .sorted()
                    .limit(5)
                    .toList();
        } catch (IOException _) {
            return List.of();
        }
    }

    private static byte[] head(Path path) {
        try (InputStream in = Files.newInputStream(path)) {
            return in.readNBytes(HEAD_BYTES);
        } catch (IOException e) {
            throw new ModelFormatException(path.toString(), "file", "it cannot be read: " + e, e);
        }
    }

    /** What else people have lying around. */
    private static RuntimeException notAModel(Path path, byte[] head) {
        String source = path.toString();
        if (head.length == 0) {
            return new ModelFormatException(source, "file", "it is empty");
        }
        if (startsWith(head, "version https://git-lfs")) {
            return new ModelFormatException(
                    source, "file", "it is a Git LFS pointer, not the model itself: fetch it with git lfs pull");
        }
        if (startsWith(head, "<!DOCTYPE") || startsWith(head, "<!doctype") || startsWith(head, "<html")) {
            return new ModelFormatException(
                    source, "file", "it is a web page, not a model: the download gave something else");
        }
        if (startsWith(head, "FUGG")) {
            return new ModelUnsupportedException(source, "a big-endian GGUF file: convert it to little-endian");
        }
        if (startsWith(head, "lmgg")
                || startsWith(head, "tjgg")
                || startsWith(head, "fmgg")
                || startsWith(head, "algg")) {
            return new ModelUnsupportedException(source, "a GGML file from before GGUF: convert the model again");
        }
        if (startsWith(head, "PK") || (head.length > 1 && head[0] == (byte) 0x80 && head[1] == 2)) {
            return new ModelUnsupportedException(
                    source,
                    "a zip archive or a PyTorch checkpoint: bitnet reads GGUF files and Hugging Face directories with"
                            + " safetensors");
        }
        if (head.length > 8 && head[8] == '{' && head[7] == 0 && head[6] == 0) {
            return new ModelFormatException(
                    source,
                    "file",
                    "it looks like safetensors: name it .safetensors and put config.json and tokenizer.json beside it");
        }
        return new ModelFormatException(
                source,
                "offset 0",
                "found " + words(head) + ", expected GGUF, or a directory with config.json and model.safetensors");
    }

    private static String words(byte[] head) {
        var words = new StringBuilder();
        for (int i = 0; i < Math.min(4, head.length); i++) {
            words.append(i == 0 ? "" : " ").append("%02x".formatted(head[i]));
        }
        return words.toString();
    }

    private static boolean startsWith(byte[] head, String magic) {
        return new String(head, StandardCharsets.ISO_8859_1).startsWith(magic);
    }
}
