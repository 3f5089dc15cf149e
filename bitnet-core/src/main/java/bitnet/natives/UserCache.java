package bitnet.natives;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
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
import java.util.UUID;

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
        try {
            Path directory =
                    override != null ? Path.of(override) : cacheHome(platform).resolve("bitnet");
            return new UserCache(directory.resolve(kind).toAbsolutePath());
        } catch (InvalidPathException e) {
            throw new IOException(unspeakable(e), e);
        }
    }

    /**
     * A new directory for this user alone, among the system's temporary files.
     *
     * @throws IOException if it cannot be made
     */
    public static Path temporaryDirectory() throws IOException {
        try {
            // Not Files.createTempDirectory: where its directory has a name that the locale cannot spell, the class
            // breaks.
            Path directory = Path.of(System.getProperty("java.io.tmpdir")).resolve("bitnet-" + UUID.randomUUID());
            return createDirectory(directory);
        } catch (InvalidPathException e) {
            throw new IOException(unspeakable(e), e);
        }
    }

    /** Java spells the names of files in the character set of the locale that it was started in. */
    private static String unspeakable(InvalidPathException e) {
        return "the locale's character set, " + System.getProperty("sun.jnu.encoding") + ", cannot spell a path ("
                + e.getMessage() + "); LC_ALL=C.UTF-8 can";
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
            Path partial = Files.createFile(home.resolve(fileName + "." + UUID.randomUUID() + ".part"));
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
        Path parent = directory.getParent();
        if (parent != null && !Files.isDirectory(parent)) {
            Files.createDirectories(parent);
        }
        try {
            createDirectory(directory);
        } catch (FileAlreadyExistsException e) {
            if (has(directory, "posix")) {
                requirePrivate(directory);
            }
        }
    }

    private static Path createDirectory(Path directory) throws IOException {
        return has(directory, "posix")
                ? Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(PRIVATE))
                : Files.createDirectory(directory);
    }

    private static boolean has(Path path, String view) {
        return path.getFileSystem().supportedFileAttributeViews().contains(view);
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
        requireOwn(directory, attributes);
    }

    /** By number where the system tells its own: a user need not have a name, in a container for instance. */
    private static void requireOwn(Path directory, PosixFileAttributes attributes) throws IOException {
        Path self = Path.of("/proc/self");
        Object owner;
        Object user;
        if (has(directory, "unix") && Files.exists(self)) {
            owner = Files.getAttribute(directory, "unix:uid", LinkOption.NOFOLLOW_LINKS);
            user = Files.getAttribute(self, "unix:uid");
        } else {
            owner = attributes.owner().getName();
            user = ProcessHandle.current().info().user().orElse(System.getProperty("user.name", ""));
        }
        if (!owner.equals(user)) {
            throw new IOException(directory + " belongs to the user " + owner + " and not to " + user);
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
