package bitnet.gguf;

import bitnet.ModelFormatException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A model in several files, as llama.cpp's gguf-split writes them: every file says its place in the set ({@code split.no}, from 0,
 * and {@code split.count}), the first has the metadata of the model, and their names end with {@code -00001-of-00003.gguf}.
 */
final class GgufSplit {
    private static final String NUMBER = "split.no";
    private static final String COUNT = "split.count";
    private static final String TENSORS = "split.tensors.count";
    private static final Pattern NAME = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf");
    /** As many as the names can count. */
    private static final int MAXIMUM = 65535;

    private GgufSplit() {}

    /** Files of the set that a file belongs to; 1 if it stands alone. */
    static int count(GgufPart part) {
        return part.header()
                .metadata()
                .integer(COUNT, 0, MAXIMUM)
                .map(n -> Math.max(1, n))
                .orElse(1);
    }

    /**
     * The whole set, in order, given one of its files. If it throws, all are closed.
     *
     * @throws ModelFormatException if a file is missing, or is none of this set
     */
    static List<GgufPart> complete(Path path, GgufPart named) {
        int count = count(named);
        int number = number(named, count);
        List<Path> paths = paths(path, number, count);
        List<String> missing = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            if (i != number && !Files.exists(paths.get(i))) {
                missing.add((i + 1) + " of " + count + " (" + paths.get(i).getFileName() + ")");
            }
        }
        if (!missing.isEmpty()) {
            throw new ModelFormatException(
                    named.source(),
                    COUNT,
                    "the model is in " + count + " files, and "
                            + (missing.size() == 1 ? "part " : missing.size() + " parts are missing: ")
                            + String.join(", ", missing.subList(0, Math.min(3, missing.size())))
                            + (missing.size() == 1 ? " is missing" : missing.size() > 3 ? ", ..." : ""));
        }
        List<GgufPart> parts = new ArrayList<>(count);
        try {
            for (int i = 0; i < count; i++) {
                parts.add(i == number ? named : GgufPart.open(paths.get(i)));
                require(parts.get(i), i, count);
            }
            requireTensors(named, parts);
        } catch (RuntimeException | Error e) {
            parts.forEach(GgufPart::close);
            throw e;
        }
        return parts;
    }

    private static int number(GgufPart part, int count) {
        GgufMetadata metadata = part.header().metadata();
        return metadata.integer(NUMBER, 0, count - 1)
                .orElseThrow(() -> metadata.problem(NUMBER, "missing in a file of a set of " + count));
    }

    private static List<Path> paths(Path path, int number, int count) {
        Path name = path.getFileName();
        Matcher matcher = NAME.matcher(name == null ? "" : name.toString());
        if (!matcher.matches()
                || Integer.parseInt(matcher.group(2)) != number + 1
                || Integer.parseInt(matcher.group(3)) != count) {
            throw new ModelFormatException(
                    path.toString(),
                    COUNT,
                    "part " + (number + 1) + " of " + count + ", but its name does not end with "
                            + ending(number, count) + ", so that the others cannot be found");
        }
        List<Path> paths = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            paths.add(path.resolveSibling(matcher.group(1) + ending(i, count)));
        }
        return paths;
    }

    private static String ending(int number, int count) {
        return "-%05d-of-%05d.gguf".formatted(number + 1, count);
    }

    private static void require(GgufPart part, int number, int count) {
        if (count(part) != count || number(part, count) != number) {
            throw part.header()
                    .metadata()
                    .problem(COUNT, "not part " + (number + 1) + " of " + count + ", as its name says");
        }
    }

    private static void requireTensors(GgufPart named, List<GgufPart> parts) {
        int found =
                parts.stream().mapToInt(part -> part.header().tensors().size()).sum();
        for (GgufPart part : parts) {
            GgufMetadata metadata = part.header().metadata();
            metadata.integer(TENSORS, 0, Integer.MAX_VALUE)
                    .filter(expected -> expected != found)
                    .ifPresent(expected -> {
                        throw new ModelFormatException(
                                named.source(),
                                TENSORS,
                                "the set has " + found + " tensors, and " + part.source() + " says " + expected);
                    });
        }
    }
}
