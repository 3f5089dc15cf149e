package bitnet;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How the generations of a model share it. Start from {@link #defaults()} and change with the {@code with} methods; the
 * canonical constructor grows with new options and is not stable.
 *
 * @param maxRunning the largest number of generations that run, at least 1. A generation runs from the first token that it is asked for until it
 *     ends or is closed, also while nobody asks it for the next token. Further ones wait, first come, first served
 * @param maxQueued the largest number of generations that wait, at least 0; further ones get a {@link BusyException}
 * @param kvBudget the largest number of bytes for keys and values of all texts, or 0 for as many as the device has. A
 *     generation that needs more gets a {@link CapacityException}
 * @param promptCache bytes of keys and values that are kept of texts that ended, for others that begin like them; 0 for none.
 *     They are a part of the budget, and given up where it does not suffice without.
 * @param stepTime how long a step may take in which prompts are computed while others decode, which is the longest time from one
 *     token to the next; null for half as long again as a step without prompts. One row of a prompt is always computed
 */
public record Scheduling(
        int maxRunning,
        int maxQueued,
        long kvBudget,
        long promptCache,
        @Nullable Duration stepTime) {
    /** The {@link #promptCache()} of {@link #defaults()}: 512 MiB, some 7,000 tokens of a 2B-4T model. */
    public static final long DEFAULT_PROMPT_CACHE = 512L << 20;

    /** For {@link #maxRunning()} and {@link #maxQueued()}: no limit. */
    public static final int UNLIMITED = Integer.MAX_VALUE;

    /** @throws IllegalArgumentException if a value is out of its range */
    public Scheduling {
        require(maxRunning >= 1, "maxRunning", maxRunning, "at least 1");
        require(maxQueued >= 0, "maxQueued", maxQueued, "at least 0");
        require(kvBudget >= 0, "kvBudget", kvBudget, "at least 0");
        require(promptCache >= 0, "promptCache", promptCache, "at least 0");
        require(stepTime == null || stepTime.isPositive(), "stepTime", stepTime, "positive");
    }

    /** No limits, a prompt cache of {@link #DEFAULT_PROMPT_CACHE}, and steps half as long again beside prompts. */
    public static Scheduling defaults() {
        return new Scheduling(UNLIMITED, UNLIMITED, 0, DEFAULT_PROMPT_CACHE, null);
    }

    /** This with another {@link #maxRunning()}. */
    public Scheduling withMaxRunning(int generations) {
        return new Scheduling(generations, maxQueued, kvBudget, promptCache, stepTime);
    }

    /** This with another {@link #maxQueued()}. */
    public Scheduling withMaxQueued(int generations) {
        return new Scheduling(maxRunning, generations, kvBudget, promptCache, stepTime);
    }

    /** This with another {@link #kvBudget()}. */
    public Scheduling withKvBudget(long bytes) {
        return new Scheduling(maxRunning, maxQueued, bytes, promptCache, stepTime);
    }

    /** This with another {@link #promptCache()}. */
    public Scheduling withPromptCache(long bytes) {
        return new Scheduling(maxRunning, maxQueued, kvBudget, bytes, stepTime);
    }

    /** This with another {@link #stepTime()}. */
    public Scheduling withStepTime(@Nullable Duration time) {
        return new Scheduling(maxRunning, maxQueued, kvBudget, promptCache, time);
    }

    private static void require(boolean condition, String option, @Nullable Object value, String range) {
        if (!condition) {
            throw new IllegalArgumentException(option + " is " + value + ", not " + range);
        }
    }
}
