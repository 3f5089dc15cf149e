package bitnet.batch;

import bitnet.Device;
import bitnet.DevicePolicy;
import bitnet.LoadOptions;
import bitnet.ModelFormatException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Where a machine finds a model, and how it loads it. Two equal ones are one model of a JVM.
 *
 * @param path the file or directory, as {@link bitnet.Model#load} takes it
 * @param sha256 of the file, 64 hexadecimal digits; null if it may be any
 * @param device {@code auto}, or the label of a {@link Device} that has to serve
 * @param deviceIndex which one of the device's family, from 0
 * @param threads worker threads of a CPU; 0 lets the backend choose
 * @param contextLength tokens that a row may have with its answer; 0 for the model's own
 */
public record ModelSource(
        Path path, @Nullable String sha256, String device, int deviceIndex, int threads, int contextLength) {
    /** @throws IllegalArgumentException if a value is out of its range */
    public ModelSource {
        if (sha256 != null) {
            sha256 = sha256.strip().toLowerCase(Locale.ROOT);
            if (!sha256.matches("[0-9a-f]{64}")) {
                throw new IllegalArgumentException(
                        "the option sha256 is '" + sha256 + "', expected 64 hexadecimal digits");
            }
        }
        loadOptions(device, deviceIndex, threads, contextLength); // refuses what is out of range
    }

    /**
     * Takes the options {@code model}, {@code sha256}, {@code device}, {@code deviceIndex}, {@code threads} and {@code contextLength}.
     *
     * @throws IllegalArgumentException if there is no {@code model}, or a value is out of its range
     */
    public static ModelSource of(NamedOptions options) {
        String model = options.text("model");
        if (model == null || model.isBlank()) {
            throw new IllegalArgumentException("the option model is missing: the file or directory of a model");
        }
        return new ModelSource(
                Path.of(model),
                options.text("sha256"),
                options.text("device", "auto"),
                options.integer("deviceIndex", 0),
                options.integer("threads", 0),
                options.integer("contextLength", 0));
    }

    /** What {@link bitnet.Model#load} is told. */
    LoadOptions loadOptions() {
        return loadOptions(device, deviceIndex, threads, contextLength);
    }

    private static LoadOptions loadOptions(String device, int deviceIndex, int threads, int contextLength) {
        DevicePolicy policy = device.equals("auto")
                ? DevicePolicy.auto()
                : DevicePolicy.require(Device.parse(device)
                        .orElseThrow(() ->
                                new IllegalArgumentException("the option device is '" + device + "', which is none")));
        return LoadOptions.defaults()
                .withDevice(policy)
                .withDeviceIndex(deviceIndex)
                .withThreads(threads)
                .withContextLength(contextLength);
    }

    /**
     * Reads the file, if there is something to hold it to.
     *
     * @throws ModelFormatException if it is missing, a directory, or another file
     */
    void verify() {
        if (sha256 == null) {
            return;
        }
        String found = hash(path);
        if (!found.equals(sha256)) {
            throw new ModelFormatException(path.toString(), "file", "its SHA-256 is " + found + ", expected " + sha256);
        }
    }

    private static String hash(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] chunk = new byte[1 << 20];
            for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
                digest.update(chunk, 0, count);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException e) {
            String problem = Files.isDirectory(file) ? "a directory has no SHA-256; leave it out" : e.toString();
            throw new ModelFormatException(file.toString(), "file", problem, e);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e); // every JVM has it
        }
    }
}
