package dev.hearth.core.trigger;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The refs that a pipeline has dealt with, each with the commit: what is in it starts no run again, even when the run is
 * long deleted.
 */
public record RefLedger(SortedMap<String, String> commits) {

    public RefLedger(Map<String, String> commits) {
        this(new TreeMap<>(commits));
    }

    /** One line per ref, commit first, as git itself lists refs. */
    public String format() {
        return commits.entrySet().stream()
                .map(entry -> entry.getValue() + " " + entry.getKey() + "\n")
                .collect(Collectors.joining());
    }

    public static RefLedger parse(String text) {
        return new RefLedger(text.lines()
                .map(line -> line.split(" ", 2))
                .filter(parts -> parts.length == 2)
                .collect(Collectors.toMap(parts -> parts[1], parts -> parts[0], (_, last) -> last)));
    }
}
