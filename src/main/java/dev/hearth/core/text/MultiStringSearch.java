package dev.hearth.core.text;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds many strings in a text in one pass, in time that does not depend on the strings: the automaton of Aho and Corasick
 * (Efficient string matching, 1975), reduced to the longest string that ends at each character. Libraries with this
 * automaton need the whole text in memory.
 */
final class MultiStringSearch {
    /** The state before the first character. */
    static final int START = 0;

    private final Map<Edge, Integer> edges = new HashMap<>();
    /** For each state, the state of its longest proper suffix. */
    private final List<Integer> suffixes = new ArrayList<>(List.of(START));
    /** For each state, the length of the longest string that ends with it. 0 if none does. */
    private final List<Integer> lengths = new ArrayList<>(List.of(0));
    /** For each state, the length of the longest beginning of a string that ends with it. */
    private final List<Integer> depths = new ArrayList<>(List.of(0));

    private int longest = 1;

    private record Edge(int from, char character) {}

    MultiStringSearch(Collection<String> strings) {
        strings.forEach(this::add);
        linkSuffixes();
    }

    /** Returns the length of the longest string, at least 1. */
    int longest() {
        return longest;
    }

    /** Returns the state after one more character. A whole text takes at most two steps per character. */
    int next(int state, char character) {
        for (int at = state; ; at = suffixes.get(at)) {
            var next = edges.get(new Edge(at, character));
            if (next != null) {
                return next;
            }
            if (at == START) {
                return START;
            }
        }
    }

    /** Returns the length of the longest string that ends in this state. 0 if none does. */
    int lengthAt(int state) {
        return lengths.get(state);
    }

    /** Returns the length of the longest beginning of a string, or whole string, that ends in this state. */
    int begunAt(int state) {
        return depths.get(state);
    }

    private void add(String string) {
        var state = START;
        for (int i = 0; i < string.length(); i++) {
            var depth = i + 1;
            state = edges.computeIfAbsent(new Edge(state, string.charAt(i)), _ -> newState(depth));
        }
        lengths.set(state, string.length());
        longest = Math.max(longest, string.length());
    }

    private int newState(int depth) {
        depths.add(depth);
        suffixes.add(START);
        lengths.add(0);
        return suffixes.size() - 1;
    }

    /** Links shorter prefixes first, since the suffix of a state is a shorter prefix. */
    private void linkSuffixes() {
        var children = new HashMap<Integer, List<Map.Entry<Edge, Integer>>>();
        edges.entrySet()
                .forEach(edge -> children.computeIfAbsent(edge.getKey().from(), _ -> new ArrayList<>())
                        .add(edge));
        var open = new ArrayDeque<>(List.of(START));
        while (!open.isEmpty()) {
            var parent = open.remove();
            for (var edge : children.getOrDefault(parent, List.of())) {
                var child = edge.getValue();
                if (parent != START) {
                    suffixes.set(child, next(suffixes.get(parent), edge.getKey().character()));
                }
                lengths.set(child, Math.max(lengths.get(child), lengths.get(suffixes.get(child))));
                open.add(child);
            }
        }
    }
}
