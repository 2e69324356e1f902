package dev.hearth.core.plan;

import dev.hearth.api.ServiceSpec;
import dev.hearth.api.TaskSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What decides the files that a step leaves: the files of the repository that it names, its own specification, and the same
 * of what it mounts. Two steps with the same key leave the same files, as far as their author has named what they read.
 */
public final class ArtifactKeys {
    private static final int DIGITS = 32;

    private final Plan plan;
    private final Map<String, String> files;
    /** Found before: hundreds of legs may mount the same hundreds. */
    private final Map<String, Optional<String>> known = new HashMap<>();

    /** @param files hash of the repository's files that decide a build or task, by its name */
    public ArtifactKeys(Plan plan, Map<String, String> files) {
        this.plan = plan;
        this.files = files;
    }

    /** Empty for a step that leaves nothing, or of which it is not known what decides it. */
    public Optional<String> find(Step step) {
        var found = known.get(step.name());
        if (found == null) {
            found = compute(step);
            known.put(step.name(), found);
        }
        return found;
    }

    private Optional<String> compute(Step step) {
        return step.keepsFiles()
                ? switch (step) {
                    case Step.Build build -> key(build);
                    case Step.Task task -> key(task);
                    case Step.Index _, Step.MatrixReader _, Step.ArtifactUpload _ -> Optional.empty();
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
        // Which tests are in a shard depends on how long they took, not on files.
        if (hash == null || spec.image() == null || spec.shards() != null) {
            return Optional.empty();
        }
        var parts = new ArrayList<>(List.of(
                "task",
                hash,
                task.name(),
                spec.image(),
                spec.podSecurity().name(),
                String.valueOf(spec.user()),
                artifactPath(spec)));
        add(parts, spec.command());
        add(parts, spec.env());
        // Such as the architecture.
        add(parts, spec.nodeSelector());
        spec.secrets().forEach(secret -> parts.addAll(List.of(secret.name(), secret.secretName(), secret.key())));
        spec.services().forEach(service -> add(parts, service));
        for (String artifact : spec.artifacts()) {
            for (Step source : plan.sources(artifact)) {
                var key = find(source);
                if (key.isEmpty()) {
                    return Optional.empty();
                }
                parts.add(key.get());
            }
        }
        return Optional.of(hash(parts));
    }

    private static String artifactPath(TaskSpec spec) {
        return spec.artifact() == null ? "" : spec.artifact().path();
    }

    private static void add(List<String> parts, ServiceSpec service) {
        parts.addAll(List.of("service", service.name(), service.image(), String.valueOf(service.user())));
        add(parts, service.command());
        add(parts, service.env());
        add(parts, service.artifacts());
    }

    private static void add(List<String> parts, List<String> values) {
        parts.add(String.valueOf(values.size()));
        parts.addAll(values);
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
