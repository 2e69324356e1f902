package dev.hearth.report;

import java.util.regex.Pattern;

/**
 * A report file of a task.
 *
 * @param path relative, without empty, {@code .} or {@code ..} segments and without control characters
 * @param junit whether it matches a pattern of {@code reports.junit}
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record CollectedFile(String path, boolean junit, byte[] content) {
    private static final Pattern UNSEEN = Pattern.compile("[\\p{Cc}\\p{Cf}]");

    /** Returns a path without characters that change how a text is displayed. */
    static String plain(String path) {
        return UNSEEN.matcher(path).replaceAll("_");
    }
}
