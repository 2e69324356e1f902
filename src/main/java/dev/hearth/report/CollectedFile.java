package dev.hearth.report;

import java.util.regex.Pattern;

/**
 * A report file as a task left it.
 *
 * @param path relative, without empty, {@code .} or {@code ..} segments and without control characters
 * @param junit whether the task calls it a JUnit report
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record CollectedFile(String path, boolean junit, byte[] content) {
    private static final Pattern UNSEEN = Pattern.compile("[\\p{Cc}\\p{Cf}]");

    /** A path as a task chose it, without characters that change how a text is shown. */
    static String plain(String path) {
        return UNSEEN.matcher(path).replaceAll("_");
    }
}
