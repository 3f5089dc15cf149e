package bitnet.natives;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Set;

/**
 * Files of one user, unpacked from jars because they must lie on disk to be opened or mapped: {@code DIRECTORY/<sha-256 of the
 * content>/<file name>}. Directories have permissions 0700 and belong to the user, or they are not used. A file appears
 * under its name only when it is whole, so processes that start at once agree; one that no longer has the right content
 * is replaced. Nothing else is deleted.
 */
public final class UserCache {
    private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rwx------");

    private final Path directory;

    private UserCache(Path directory) {
        this.directory = directory;
    }

    /**
     * The cache where the platform wants it: below XDG's cache home, {@code ~/Library/Caches} or {@code %LOCALAPPDATA%}, or
     * below the directory that the system property {@value NativeLibrary#CACHE_PROPERTY} names.
     *
     * @param kind the directory for files of this kind, such as {@code models}
     * @throws IOException if the user has no such place
     */
    public static UserCache of(String kind) throws IOException {
        return of(kind, NativePlatform.current());
    }

    static UserCache of(String kind, NativePlatform platform) throws IOException {
        String override = System.getProperty(NativeLibrary.CACHE_PROPERTY);
        Path directory =
                override != null ? Path.of(override) : cacheHome(platform).resolve("bitnet");
        return new UserCache(directory.resolve(kind).toAbsolutePath());
    }

    private static Path cacheHome(NativePlatform platform) throws IOException {
        String home = System.getProperty("user.home", "");
        String named = System.getenv(platform.os().equals("windows") ? "LOCALAPPDATA" : "XDG_CACHE_HOME");
        if (named != null && Path.of(named).isAbsolute()) {
            return Path.of(named);
        }
        if (!Path.of(home).isAbsolute()) {
            throw new IOException("the user has no home directory");
        }
        return switch (platform.os()) {
            case "windows" -> Path.of(home, "AppData", "Local");
            case "macos" -> Path.of(home, "Library", "Caches");
            default -> Path.of(home, ".cache");
        };
    }

    /** Where the files of this kind are. It may not exist yet. */
    public Path directory() {
        return directory;
    }

    /**
     * Makes the directory of this kind, if need be, for entries that are not made from bytes.
     *
     * @return {@link #directory()}
     * @throws IOException if it cannot be made, or is not the user's alone
     */
    public Path create() throws IOException {
        createPrivate(directory);
        return directory;
    }

    /**
     * A file with this content: the one that is there already, or a new one.
     *
     * @throws IOException if it cannot be written, or the directory is not the user's alone
     */
    public Path store(String fileName, byte[] content) throws IOException {
        Path home = create().resolve(sha256(content));
        createPrivate(home);
        Path file = home.resolve(fileName);
        if (!holds(file, content)) {
            Path partial = Files.createTempFile(home, fileName, ".part");
            try {
                Files.write(partial, content);
                Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(partial);
            }
        }
        return file;
    }

    private static boolean holds(Path file, byte[] content) throws IOException {
        return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                && Files.size(file) == content.length
                && Arrays.equals(Files.readAllBytes(file), content);
    }

    private static void createPrivate(Path directory) throws IOException {
        boolean posix = directory.getFileSystem().supportedFileAttributeViews().contains("posix");
        Path parent = directory.getParent();
        if (parent != null && !Files.isDirectory(parent)) {
            Files.createDirectories(parent);
        }
        try {
            if (posix) {
                Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(PRIVATE));
            } else {
                Files.createDirectory(directory);
            }
        } catch (FileAlreadyExistsException e) {
            if (posix) {
                requirePrivate(directory);
            }
        }
    }

    /** Someone else who could write here could have this JVM run his code. */
    private static void requirePrivate(Path directory) throws IOException {
        PosixFileAttributes attributes =
                Files.readAttributes(directory, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!attributes.isDirectory()) {
            throw new IOException(directory + " is not a directory");
        }
        if (!PRIVATE.containsAll(attributes.permissions())) {
            throw new IOException(directory + " has permissions "
                    + PosixFilePermissions.toString(attributes.permissions()) + ", which let others in");
        }
        String user = ProcessHandle.current().info().user().orElse(System.getProperty("user.name", ""));
        if (!attributes.owner().getName().equals(user)) {
            throw new IOException(
                    directory + " belongs to " + attributes.owner().getName() + " and not to " + user);
        }
    }

    private static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
