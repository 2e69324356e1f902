package dev.hearth.core.text;

import java.time.Duration;

/**
 * Sizes as status shows them: whole MiB, rounded up, such as 120Mi. None is negative or beyond {@link #MOST}, so that sums
 * of them fit into a long, even if a pod reports nonsense of its volume.
 */
public final class Sizes {
    /** KiB: an exbibyte. */
    public static final long MOST = 1L << 50;

    /** What a copy is taken to manage, in KiB a second: a disk of the slow kind. */
    private static final long COPY_RATE = 40L << 10;

    private Sizes() {}

    /** KiB that can be copied in that time. */
    public static long copiedWithin(Duration limit) {
        return COPY_RATE * limit.toSeconds();
    }

    /** The same, or the nearest that a size can be. */
    public static long bounded(long kib) {
        return Math.clamp(kib, 0, MOST);
    }

    public static String of(long kib) {
        return (bounded(kib) + 1023) / 1024 + "Mi";
    }

    /** KiB of what {@link #of} wrote, or of a size that a policy names: a whole number of Mi, Gi or Ti. */
    public static long kib(String size) {
        var number = Long.parseLong(size.substring(0, size.length() - 2));
        return switch (size.substring(size.length() - 2)) {
            case "Mi" -> Math.clamp(number, 0, MOST >> 10) << 10;
            case "Gi" -> Math.clamp(number, 0, MOST >> 20) << 20;
            case "Ti" -> Math.clamp(number, 0, MOST >> 30) << 30;
            default -> throw new IllegalArgumentException(size + " is no size in Mi, Gi or Ti");
        };
    }
}
