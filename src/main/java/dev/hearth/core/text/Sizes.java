package dev.hearth.core.text;

import java.time.Duration;

/**
 * Formats and parses sizes of statuses and policies: whole MiB, rounded up, such as 120Mi. Sizes are between 0 and
 * {@link #MOST}, so that their sums fit into a long, even if a pod reports nonsense about its volume.
 */
public final class Sizes {
    /** An exbibyte, in KiB. */
    public static final long MOST = 1L << 50;

    /** Assumed rate of a copy between slow disks, in KiB per second. */
    private static final long COPY_RATE = 40L << 10;

    private Sizes() {}

    /** Returns the KiB that can be copied in a time. */
    public static long copiedWithin(Duration limit) {
        return COPY_RATE * limit.toSeconds();
    }

    /** Returns the size, or the nearest size in bounds. */
    public static long bounded(long kib) {
        return Math.clamp(kib, 0, MOST);
    }

    /** Returns the text of a size in KiB. */
    public static String of(long kib) {
        return (bounded(kib) + 1023) / 1024 + "Mi";
    }

    /** Returns the KiB of a text that {@link #of} has written or that a policy has: a whole number of Mi, Gi or Ti. */
    public static long kib(String size) {
        var number = Long.parseLong(size.substring(0, size.length() - 2));
        return switch (size.substring(size.length() - 2)) {
            case "Mi" -> Math.clamp(number, 0, MOST >> 10) << 10;
            case "Gi" -> Math.clamp(number, 0, MOST >> 20) << 20;
            case "Ti" -> Math.clamp(number, 0, MOST >> 30) << 30;
            default -> throw new IllegalArgumentException(size + " is not a size in Mi, Gi or Ti");
        };
    }
}
