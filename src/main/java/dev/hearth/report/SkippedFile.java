package dev.hearth.report;

import dev.hearth.core.text.Text;
import java.util.Optional;

/**
 * A report file that was left out.
 *
 * @param path of the file, without control characters
 * @param junit whether it matches a pattern of {@code reports.junit}, so that its tests are not counted
 * @param limit that it exceeds, in bytes or number of files
 */
public record SkippedFile(String path, boolean junit, Reason reason, long limit) {
    private static final int LONGEST_PATH = 200;

    /** Why a file was left out. The container that collects files writes these names. */
    public enum Reason {
        SIZE,
        TOTAL,
        COUNT,
        LOG,
        UNREADABLE
    }

    /** Reads an entry {@code KIND REASON LIMIT PATH}; empty if the text is not one. */
    static Optional<SkippedFile> read(String entry) {
        var parts = entry.split(" ", 4);
        if (parts.length < 4 || !parts[2].matches("[0-9]{1,18}")) {
            return Optional.empty();
        }
        for (Reason reason : Reason.values()) {
            if (reason.name().equalsIgnoreCase(parts[1])) {
                return Optional.of(new SkippedFile(
                        Text.abbreviateStart(CollectedFile.plain(parts[3]), LONGEST_PATH),
                        parts[0].equals("junit"),
                        reason,
                        Long.parseLong(parts[2])));
            }
        }
        return Optional.empty();
    }

    /** Returns a sentence with the file, the limit and the consequence for the tests. */
    public String problem() {
        var why = switch (reason) {
            case SIZE -> "it is larger than " + mebibytes();
            case TOTAL -> "all report files together are larger than " + mebibytes();
            case COUNT -> "there are more than " + limit + " report files";
            case LOG -> "all report files together are larger than " + mebibytes() + " when compressed";
            case UNREADABLE -> "it cannot be read";
        };
        return path + " was left out: " + why + (junit ? "; its tests are not counted" : "");
    }

    private String mebibytes() {
        return (limit >> 20) + " MiB";
    }
}
