package bitnet.demo;

import bitnet.ModelFormatException;
import bitnet.natives.UserCache;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A model of 8 million parameters that tells short stories, adds and sorts, in 3 MB: enough to try everything that bitnet
 * does without a download. {@code Model.load(DemoModel.file())} loads it.
 *
 * <p>Models are mapped from files. So the {@linkplain UserCache user's cache} keeps a copy of the resource; where that cannot
 * be, a private temporary directory has one until the JVM ends. Classes that lie in a directory have the resource beside
 * them, and it is used where it is. Thread-safe, and safe between processes.
 */
public final class DemoModel {
    private static final String NAME = "bitnet-demo.gguf";

    private DemoModel() {}

    /**
     * The model's GGUF file. Do not change or delete it.
     *
     * @throws ModelFormatException if there is no place for it; the message names those that were tried
     */
    public static Path file() {
        URL resource = DemoModel.class.getResource(NAME);
        if (resource == null) {
            throw new ModelFormatException(NAME, "resource", "missing from the demo model's jar");
        }
        List<String> tried = new ArrayList<>();
        try {
            if (resource.getProtocol().equals("file")) {
                return Path.of(resource.toURI());
            }
            byte[] content = read(resource);
            try {
                return UserCache.of("models").store(NAME, content);
            } catch (IOException e) {
                tried.add("the user's cache: " + e);
            }
            return storeUntilExit(content);
        } catch (IOException | URISyntaxException e) {
            tried.add("a temporary directory: " + e);
            throw new ModelFormatException(
                    NAME, "file", "there is no place for it; tried " + String.join("; ", tried), e);
        }
    }

    private static byte[] read(URL resource) throws IOException {
        try (InputStream in = resource.openStream()) {
            return in.readAllBytes();
        }
    }

    private static Path storeUntilExit(byte[] content) throws IOException {
        Path directory = UserCache.temporaryDirectory();
        Path file = directory.resolve(NAME);
        directory.toFile().deleteOnExit();
        file.toFile().deleteOnExit();
        return Files.write(file, content);
    }
}
