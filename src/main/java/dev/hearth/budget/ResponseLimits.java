package dev.hearth.budget;

import java.time.Duration;

/**
 * How much of the heap answers may take. The most that they take together is {@code atOnce} small answers and
 * {@code largeAtOnce} large ones, each with what is made of it while it is read.
 *
 * @param atOnce questions that are answered at once
 * @param largeAtOnce how many of them may have an answer that is not small
 * @param small bytes of an answer that every question may read without waiting
 * @param largest bytes of an answer beyond which it is refused
 * @param refs the most that a repository may have
 * @param patience how long a question waits for its turn before it fails
 */
public record ResponseLimits(int atOnce, int largeAtOnce, long small, long largest, int refs, Duration patience) {
    private static final int LARGEST_PART_OF_HEAP = 32;
    private static final int SMALL_PART_OF_LARGEST = 32;

    /** Limits for a heap: with two large answers at once, at most about half of it. */
    public static ResponseLimits ofHeap(long bytes) {
        return new ResponseLimits(16, 2, 1, 1, 100_000, Duration.ofMinutes(5))
                .withLargest(bytes / LARGEST_PART_OF_HEAP);
    }

    /** The same with another size of the largest answer. */
    public ResponseLimits withLargest(long bytes) {
        return new ResponseLimits(atOnce, largeAtOnce, bytes / SMALL_PART_OF_LARGEST, bytes, refs, patience);
    }

    /** The same with another number of questions at once. */
    public ResponseLimits withAtOnce(int questions) {
        return new ResponseLimits(questions, largeAtOnce, small, largest, refs, patience);
    }

    /** The same with another number of refs. */
    public ResponseLimits withRefs(int most) {
        return new ResponseLimits(atOnce, largeAtOnce, small, largest, most, patience);
    }
}
