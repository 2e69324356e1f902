package dev.hearth.core.cache;

import java.time.Duration;

/** Sizes as status shows them: whole MiB, rounded up, such as 120Mi. */
public final class Sizes {
    /** What a copy is taken to manage, in KiB a second: a disk of the slow kind. */
    private static final long COPY_RATE = 40L << 10;

    private Sizes() {}

    /** KiB that can be copied in that time. */
    public static long copiedWithin(Duration limit) {
        return COPY_RATE * limit.toSeconds();
    }

    public static String of(long kib) {
        return (kib + 1023) / 1024 + "Mi";
    }

    /** KiB of what {@link #of} wrote, or of a size that a policy names: a whole number of Mi, Gi or Ti. */
    public static long kib(String size) {
        var number = Long.parseLong(size.substring(0, size.length() - 2));
        return switch (size.substring(size.length() - 2)) {
            case "Mi" -> number << 10;
            case "Gi" -> number << 20;
            case "Ti" -> number << 30;
            default -> throw new IllegalArgumentException(size + " is no size in Mi, Gi or Ti");
        };
    }
}
