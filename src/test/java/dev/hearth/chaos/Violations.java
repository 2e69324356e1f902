package dev.hearth.chaos;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** What must not happen, and has. */
final class Violations {
    private final List<String> found = new CopyOnWriteArrayList<>();

    void add(String what) {
        found.add(what);
    }

    List<String> found() {
        return List.copyOf(found);
    }
}
