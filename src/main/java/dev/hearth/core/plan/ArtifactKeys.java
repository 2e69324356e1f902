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
 * Computes artifact keys: hashes of a step's inputs, its spec, and the keys of the artifacts that it mounts. Steps with
 * equal keys produce the same files, provided that their author has listed all inputs.
 */
public final class ArtifactKeys {
    private static final int DIGITS = 32;

    private final Plan plan;
    private final Map<String, String> files;
    /** Keys by step. Hundreds of matrix cells may mount the same hundreds of artifacts. */
    private final Map<String, Optional<String>> known = new HashMap<>();

    /** @param files hash of the inputs, by build or task */
    public ArtifactKeys(Plan plan, Map<String, String> files) {
        this.plan = plan;
        this.files = files;
    }

    /** Returns the key of a step's artifact. Empty if it has no artifact, or if its inputs are not known. */
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
        // The tests of a shard depend on earlier durations, not only on files.
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
        // The node selector may select an architecture.
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
