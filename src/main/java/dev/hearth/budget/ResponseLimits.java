package dev.hearth.budget;

import java.time.Duration;

/**
 * Limits for the memory of answers. Together they use at most {@code atOnce} small answers and {@code largeAtOnce}
 * large ones, each with the objects that are created from it while it is read.
 *
 * @param atOnce number of concurrent calls
 * @param largeAtOnce number of concurrent calls whose answer is not small
 * @param small size in bytes up to which a call reads an answer without waiting
 * @param largest size in bytes of the largest answer
 * @param refs number of refs that a repository may have
 * @param patience how long a call waits for its turn before it fails
 */
public record ResponseLimits(int atOnce, int largeAtOnce, long small, long largest, int refs, Duration patience) {
    private static final int LARGEST_PART_OF_HEAP = 32;
    private static final int SMALL_PART_OF_LARGEST = 32;

    /** Returns limits for a heap. With two large answers at a time, they use about half of the heap. */
    public static ResponseLimits ofHeap(long bytes) {
        return new ResponseLimits(16, 2, 1, 1, 100_000, Duration.ofMinutes(5))
                .withLargest(bytes / LARGEST_PART_OF_HEAP);
    }

    /** Returns these limits with another size of the largest answer. */
    public ResponseLimits withLargest(long bytes) {
        return new ResponseLimits(atOnce, largeAtOnce, bytes / SMALL_PART_OF_LARGEST, bytes, refs, patience);
    }

    /** Returns these limits with another number of concurrent calls. */
    public ResponseLimits withAtOnce(int calls) {
        return new ResponseLimits(calls, largeAtOnce, small, largest, refs, patience);
    }

    /** Returns these limits with another number of refs. */
    public ResponseLimits withRefs(int most) {
        return new ResponseLimits(atOnce, largeAtOnce, small, largest, most, patience);
    }
}
