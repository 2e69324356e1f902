package dev.hearth.core.cache;

/** Sizes as status shows them: whole MiB, rounded up, such as 120Mi. */
public final class Sizes {
    private Sizes() {}

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
