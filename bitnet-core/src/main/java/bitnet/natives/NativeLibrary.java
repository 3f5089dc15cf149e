package bitnet.natives;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds a native library and hands its path to the backend, which opens it itself: access to native code is granted to the
 * module that asks for it. Places, in order:
 *
 * <ol>
 *   <li>the directory that the system property {@value #PATH_PROPERTY} names; then nothing else is tried and nothing is
 *       written;
 *   <li>the copy of the jar's resource in the {@linkplain UserCache user's cache};
 *   <li>a copy in a new private directory, removed as soon as the system lets go of its name.
 * </ol>
 *
 * <p>Thread-safe, and safe between processes. Nothing is deleted that this call did not create.
 */
public final class NativeLibrary {
    /** A directory with libraries, used as they lie. */
    public static final String PATH_PROPERTY = "bitnet.native.path";
    /** Replaces the directory of the cache. */
    public static final String CACHE_PROPERTY = "bitnet.native.cache";

    private final Class<?> owner;
    private final String name;
    private final NativePlatform platform;
    private final List<String> tried = new ArrayList<>();
    private @Nullable Throwable cause;

    private NativeLibrary(Class<?> owner, String name, NativePlatform platform) {
        this.owner = owner;
        this.name = name;
        this.platform = platform;
    }

    /**
     * Opens a library: {@code SymbolLookup.libraryLookup}, then a look at its version. What it throws is the reason why this
     * copy will not do, and the next place is tried; {@link IllegalCallerException} ends the search.
     */
    @FunctionalInterface
    public interface Opener<T> {
        /** Opens the library in this file. */
        T open(Path file);
    }

    /**
     * Finds and opens a library.
     *
     * @param owner a class of the jar that carries the library
     * @param name without prefix or suffix, such as {@code bitnet_cpu}
     * @throws NativeLibraryException if no place has one that opens
     */
    public static <T> T open(Class<?> owner, String name, Opener<T> opener) throws NativeLibraryException {
        return open(owner, name, NativePlatform.current(), opener);
    }

    static <T> T open(Class<?> owner, String name, NativePlatform platform, Opener<T> opener)
            throws NativeLibraryException {
        return new NativeLibrary(owner, name, platform).search(opener);
    }

    private <T> T search(Opener<T> opener) throws NativeLibraryException {
        String fileName = platform.fileName(name);
        String directory = System.getProperty(PATH_PROPERTY);
        if (directory != null) {
            T library = openIn(directory, fileName, opener);
            if (library != null) {
                return library;
            }
            throw failure("put a working " + fileName + " there, or take away -D" + PATH_PROPERTY);
        }
        byte[] content = resource(fileName);
        T library = openCached(fileName, content, opener);
        if (library == null) {
            library = openPrivately(fileName, content, opener);
        }
        if (library == null) {
            throw failure("let -D" + CACHE_PROPERTY
                    + "=DIR or -Djava.io.tmpdir=DIR name a directory that is writable and may"
                    + " hold executables, or unpack the library and name its directory with -D" + PATH_PROPERTY);
        }
        return library;
    }

    private <T> @Nullable T openIn(String directory, String fileName, Opener<T> opener) throws NativeLibraryException {
        try {
            return tryOpen(Path.of(directory, fileName).toAbsolutePath(), opener);
        } catch (InvalidPathException e) {
            note(directory, e);
            return null;
        }
    }

    private byte[] resource(String fileName) throws NativeLibraryException {
        String resource = platform.resource(fileName);
        try (InputStream in = owner.getResourceAsStream("/" + resource)) {
            if (in != null) {
                return in.readAllBytes();
            }
            tried.add("resource " + resource + ": not there");
        } catch (IOException e) {
            note("resource " + resource, e);
        }
        throw failure(
                "this build has no " + name + " for " + platform + "; build it on such a machine, or name a directory"
                        + " that has " + fileName + " with -D" + PATH_PROPERTY);
    }

    private <T> @Nullable T openCached(String fileName, byte[] content, Opener<T> opener)
            throws NativeLibraryException {
        UserCache cache;
        try {
            cache = UserCache.of("natives", platform);
        } catch (IOException e) {
            note("the user's cache", e);
            return null;
        }
        try {
            return tryOpen(cache.store(fileName, content), opener);
        } catch (IOException e) {
            note(cache.directory().toString(), e);
            return null;
        }
    }

    private <T> @Nullable T openPrivately(String fileName, byte[] content, Opener<T> opener)
            throws NativeLibraryException {
        Path directory;
        try {
            directory = UserCache.temporaryDirectory();
        } catch (IOException e) {
            note("a directory in " + System.getProperty("java.io.tmpdir"), e);
            return null;
        }
        Path file = directory.resolve(fileName);
        try {
            Files.write(file, content);
            return tryOpen(file, opener);
        } catch (IOException e) {
            note(file.toString(), e);
            return null;
        } finally {
            remove(file, directory);
        }
    }

    /** An open library needs its name no more, except on Windows, where it goes when the JVM ends. */
    private static void remove(Path file, Path directory) {
        try {
            Files.deleteIfExists(file);
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            directory.toFile().deleteOnExit();
            file.toFile().deleteOnExit();
        }
    }

    private <T> @Nullable T tryOpen(Path file, Opener<T> opener) throws NativeLibraryException {
        if (!Files.isRegularFile(file)) {
            tried.add(file + ": no such file");
            return null;
        }
        try {
            return opener.open(file);
        } catch (IllegalCallerException e) {
            note(file.toString(), e);
            String module = owner.getModule().isNamed() ? owner.getModule().getName() : "ALL-UNNAMED";
            throw failure("start the JVM with --enable-native-access=" + module);
        } catch (RuntimeException | LinkageError e) {
            note(file.toString(), e);
            return null;
        }
    }

    private void note(String place, Throwable reason) {
        String message = reason.getMessage();
        tried.add(place + ": " + (message == null || reason instanceof IOException ? reason : message));
        cause = reason;
    }

    private NativeLibraryException failure(String cure) {
        return new NativeLibraryException("no native library " + name, tried, cure, cause);
    }
}
