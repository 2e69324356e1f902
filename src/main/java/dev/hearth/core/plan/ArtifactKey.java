package dev.hearth.core.plan;

import dev.hearth.api.ServiceSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What decides the files that a step leaves: the files of the repository that it names, its own specification, and the same
 * of what it mounts. Two steps with the same key leave the same files, as far as their author has named what they read.
 */
public final class ArtifactKey {
    private static final int DIGITS = 32;

    private final Plan plan;
    private final Map<String, String> files;

    /** @param files hash of the repository's files that decide a build or task, by its name */
    public ArtifactKey(Plan plan, Map<String, String> files) {
        this.plan = plan;
        this.files = files;
    }

    /** Empty for a step that leaves nothing, or of which it is not known what decides it. */
    public Optional<String> of(Step step) {
        return step.keepsFiles()
                ? switch (step) {
                    case Step.Build build -> key(build);
                    case Step.Task task -> key(task);
                    case Step.Index _, Step.Listing _, Step.Publication _ -> Optional.empty();
                }
                : Optional.empty();
    }

    private Optional<String> key(Step.Build build) {
        return Optional.ofNullable(files.get(build.spec().name())).map(hash -> {
            var parts = new ArrayList<>(List.of(
                    "build",
                    hash,
                    build.name(),
                    build.spec().dockerfile(),
                    build.spec().context(),
                    build.target()));
            add(parts, build.spec().arguments());
            return hash(parts);
        });
    }

    private Optional<String> key(Step.Task task) {
        var spec = task.spec();
        var hash = files.get(spec.name());
        if (hash == null || spec.image() == null) {
            return Optional.empty();
        }
        var parts = new ArrayList<>(List.of(
                "task", hash, task.name(), spec.image(), spec.podSecurity().name(), String.valueOf(spec.user())));
        parts.addAll(spec.command());
        add(parts, spec.env());
        spec.services().forEach(service -> add(parts, service));
        for (String artifact : spec.artifacts()) {
            for (Step source : plan.sources(artifact)) {
                var key = of(source);
                if (key.isEmpty()) {
                    return Optional.empty();
                }
                parts.add(key.get());
            }
        }
        return Optional.of(hash(parts));
    }

    private static void add(List<String> parts, ServiceSpec service) {
        parts.add(service.name());
        parts.add(service.image());
        parts.addAll(service.command());
        add(parts, service.env());
    }

    private static void add(List<String> parts, Map<String, String> values) {
        parts.add(String.valueOf(values.size()));
        new TreeMap<>(values).forEach((name, value) -> {
            parts.add(name);
            parts.add(value);
        });
    }

    private static String hash(List<String> parts) {
        return Names.hash(DIGITS, parts.toArray(String[]::new));
    }
}
