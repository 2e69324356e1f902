package dev.hearth.core.validation;

import dev.hearth.api.TaskSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Finds tasks that need each other in a cycle. The schema rejects unknown names and tasks that need themselves; longer
 * cycles are found by a search of the graph.
 */
public final class DependencyCycle {
    private final Map<String, TaskSpec> tasks = new HashMap<>();
    /** Tasks that are in no cycle. */
    private final Set<String> cleared = new HashSet<>();

    private final List<String> path = new ArrayList<>();

    private DependencyCycle(List<TaskSpec> specs) {
        specs.forEach(spec -> tasks.put(spec.name(), spec));
    }

    /** Returns the first cycle, with its first task again at the end: {@code [a, b, a]}. Empty if there is none. */
    public static Optional<List<String>> in(List<TaskSpec> specs) {
        var search = new DependencyCycle(specs);
        return specs.stream().flatMap(spec -> search.from(spec.name()).stream()).findFirst();
    }

    private Optional<List<String>> from(String name) {
        if (cleared.contains(name) || !tasks.containsKey(name)) {
            return Optional.empty();
        }
        if (path.contains(name)) {
            var cycle = new ArrayList<>(path.subList(path.indexOf(name), path.size()));
            cycle.add(name);
            return Optional.of(List.copyOf(cycle));
        }
        path.add(name);
        for (String need : needs(tasks.get(name))) {
            var cycle = from(need);
            if (cycle.isPresent()) {
                return cycle;
            }
        }
        path.removeLast();
        cleared.add(name);
        return Optional.empty();
    }

    private static List<String> needs(TaskSpec task) {
        return Stream.concat(task.needs().stream(), task.artifacts().stream()).toList();
    }
}
