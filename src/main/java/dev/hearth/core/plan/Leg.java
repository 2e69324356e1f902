package dev.hearth.core.plan;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * One cell of a task's matrix, or one shard: the values that tell it from the others. A task without either has one leg
 * without values. Its names depend on nothing but the values, so a leg is called the same in every run.
 */
public record Leg(SortedMap<String, String> values) {
    public static final Leg ONLY = new Leg(new TreeMap<>());
    /** Key of a shard's number, counted from 1. */
    public static final String SHARD = "shard";

    /** What a person still reads; a longer one ends in a hash. */
    private static final int LONGEST = 100;

    public Leg {
        values = Collections.unmodifiableSortedMap(new TreeMap<>(values));
    }

    public static Leg of(Map<String, String> values) {
        return new Leg(new TreeMap<>(values));
    }

    /** What follows the task's name: {@code [db=postgres,tls=on]}, or nothing. */
    public String suffix() {
        if (values.isEmpty()) {
            return "";
        }
        var text = values.entrySet().stream()
                .map(value -> value.getKey() + "=" + value.getValue())
                .collect(Collectors.joining(","));
        return "["
                + (text.length() <= LONGEST
                        ? text
                        : text.substring(0, LONGEST) + "~" + Names.hash(8, values.toString()))
                + "]";
    }

    /** The values as a name of a directory: {@code postgres-on}. Another leg never has the same. */
    public String directory() {
        if (values.isEmpty()) {
            return "";
        }
        var text = String.join("-", values.values());
        if (values.size() == 1 && text.matches("[A-Za-z0-9][A-Za-z0-9._]{0,62}")) {
            return text;
        }
        var readable = text.replaceAll("[^A-Za-z0-9]+", "-");
        return readable.substring(0, Math.min(40, readable.length())) + "-" + Names.hash(8, values.toString());
    }
}
