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
 * Tasks that wait for each other for ever. The schema refuses what a rule can see (unknown names, a task that needs
 * itself); a longer circle needs a graph walk.
 */
public final class DependencyCycle {
    private final Map<String, TaskSpec> tasks = new HashMap<>();
    private final Set<String> cleared = new HashSet<>();
    private final List<String> path = new ArrayList<>();

    private DependencyCycle(List<TaskSpec> specs) {
        specs.forEach(spec -> tasks.put(spec.name(), spec));
    }

    /** The first circle found, with its first member again at the end: {@code [a, b, a]}. */
    public static Optional<List<String>> in(List<TaskSpec> specs) {
        var search = new DependencyCycle(specs);
        return specs.stream().flatMap(spec -> search.from(spec.name()).stream()).findFirst();
    }

    private Optional<List<String>> from(String name) {
        if (cleared.contains(name) || !tasks.containsKey(name)) {
            return Optional.empty();
        }
        if (path.contains(name)) {
            var circle = new ArrayList<>(path.subList(path.indexOf(name), path.size()));
            circle.add(name);
            return Optional.of(List.copyOf(circle));
        }
        path.add(name);
        for (String need : needs(tasks.get(name))) {
            var circle = from(need);
            if (circle.isPresent()) {
                return circle;
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
