package dev.hearth.core.plan;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * One cell of a task's matrix, or one shard: the values that tell it from the others. A task without either has one leg
 * without values. Its names depend on nothing but the values, so a leg is called the same in every run.
 *
 * @param alike whether another leg of the task has the same values as far as a name shows them
 */
public record Leg(SortedMap<String, String> values, boolean alike) {
    public static final Leg ONLY = of(Map.of());
    /** Key of a shard's number, counted from 1. */
    public static final String SHARD = "shard";

    /** What a person still reads in a name; an address or a command would only hide the rest. */
    private static final Pattern SHOWN = Pattern.compile("[\\p{L}\\p{N}][\\p{L}\\p{N}._+ -]{0,39}");

    public Leg {
        values = Collections.unmodifiableSortedMap(new TreeMap<>(values));
    }

    public static Leg of(Map<String, String> values) {
        return new Leg(new TreeMap<>(values), false);
    }

    /** Legs that tell themselves from each other. */
    static List<Leg> of(List<Map<String, String>> legs) {
        var shown = legs.stream().collect(Collectors.groupingBy(leg -> of(leg).shown(), Collectors.counting()));
        return legs.stream()
                .map(leg -> new Leg(new TreeMap<>(leg), shown.getOrDefault(of(leg).shown(), 1L) > 1))
                .toList();
    }

    /** What follows the task's name: {@code [db=postgres,tls=on]}, or nothing. */
    public String suffix() {
        if (values.isEmpty()) {
            return "";
        }
        var text = shown().entrySet().stream()
                .map(value -> value.getKey() + "=" + value.getValue())
                .collect(Collectors.joining(","));
        return "[" + text + (alike || text.isEmpty() ? "~" + hash() : "") + "]";
    }

    /** The values as a name of a directory: {@code postgres-on}. Another leg never has the same. */
    public String directory() {
        if (values.isEmpty()) {
            return "";
        }
        var text = String.join("-", shown().values()).replaceAll("[^A-Za-z0-9._]+", "-");
        return values.size() == 1 && values.containsValue(text) && !text.startsWith(".")
                ? text
                : text.substring(0, Math.min(40, text.length())) + "-" + hash();
    }

    private SortedMap<String, String> shown() {
        var shown = new TreeMap<>(values);
        shown.values().removeIf(value -> !SHOWN.matcher(value).matches());
        return shown;
    }

    private String hash() {
        return Names.hash(
                8,
                values.entrySet().stream()
                        .flatMap(value -> java.util.stream.Stream.of(value.getKey(), value.getValue()))
                        .toArray(String[]::new));
    }
}
