package bitnet.cpu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Set;

/**
 * How many cores this process may use. Two threads of a core share its vector units and its caches, so a second one slows
 * the first; a container's limits come from {@link Runtime#availableProcessors()}.
 */
final class PhysicalCores {
    private PhysicalCores() {}

    /** At least 1. */
    static int count() {
        return count(Path.of("/"), Runtime.getRuntime().availableProcessors());
    }

    /** With the Linux file systems {@code proc} and {@code sys} under {@code root}; where they say nothing, {@code processors}. */
    static int count(Path root, int processors) {
        try {
            BitSet allowed = parse(allowedList(root.resolve("proc/self/status")));
            Set<String> cores = new HashSet<>();
            for (int cpu = allowed.nextSetBit(0); cpu >= 0; cpu = allowed.nextSetBit(cpu + 1)) {
                Path siblings = root.resolve("sys/devices/system/cpu/cpu" + cpu + "/topology/thread_siblings_list");
                cores.add(Files.readString(siblings).strip());
            }
            return cores.isEmpty() ? processors : Math.min(cores.size(), processors);
        } catch (IOException | IllegalArgumentException e) {
            return processors; // not Linux, or a sandbox without /sys
        }
    }

    private static String allowedList(Path status) throws IOException {
        for (String line : Files.readAllLines(status)) {
            if (line.startsWith("Cpus_allowed_list:")) {
                return line.substring(line.indexOf(':') + 1).strip();
            }
        }
        return "";
    }

    /** The kernel's lists: {@code 0-3,8,10-11}. */
    private static BitSet parse(String list) {
        BitSet cpus = new BitSet();
        for (String range : list.isEmpty() ? new String[0] : list.split(",", -1)) {
            int dash = range.indexOf('-');
            int first = Integer.parseInt(dash < 0 ? range : range.substring(0, dash));
            int last = dash < 0 ? first : Integer.parseInt(range.substring(dash + 1));
            cpus.set(first, last + 1);
        }
        return cpus;
    }
}
