package dev.hearth.core.cache;

/** Sizes as status shows them: whole MiB, rounded up, such as 120Mi. */
public final class Sizes {
    private Sizes() {}

    public static String of(long kib) {
        return (kib + 1023) / 1024 + "Mi";
    }

    /** KiB of what {@link #of} wrote. */
    public static long kib(String size) {
        return Long.parseLong(size.substring(0, size.length() - 2)) * 1024;
    }
}
