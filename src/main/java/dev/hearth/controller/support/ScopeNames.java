package dev.hearth.controller.support;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.Trust;
import dev.hearth.core.plan.Names;
import dev.hearth.core.ref.SourceUrl;
import dev.hearth.core.retention.NamedArtifacts;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Derives the names of the cache scopes that a run uses. */
public final class ScopeNames {
    private ScopeNames() {}

    /** Returns the scope of the run's ref. Empty until the run has started, which records its pipeline, commit and trust. */
    public static Optional<ResourceID> of(PipelineRun run) {
        return Names.scope(run)
                .map(name -> new ResourceID(name, run.getMetadata().getNamespace()));
    }

    /** Returns the names of the scopes that the run's caches may be seeded from, best first. */
    public static Stream<String> seeds(PipelineRun run) {
        return Stream.ofNullable(run.getStatus())
                .flatMap(status -> Stream.ofNullable(status.pipelineSpec())
                        .flatMap(spec -> status.seedRefs().stream()
                                .map(ref -> Names.scope(
                                        run.getSpec().pipeline(),
                                        SourceUrl.identity(spec.source().url()),
                                        ref,
                                        Trust.Trusted))));
    }

    /** Returns the names of the scopes with artifacts of tasks that the status of an unfinished run names. */
    public static Stream<String> named(PipelineRun run) {
        return NamedArtifacts.inUse(run)
                .flatMap(claim -> Names.scopeOfTaskCaches(claim).stream())
                .distinct();
    }

    /** Returns the run's own scope, those that its caches may be seeded from, and those with artifacts that it names. */
    public static Set<ResourceID> read(PipelineRun run) {
        var namespace = run.getMetadata().getNamespace();
        return Stream.concat(
                        of(run).stream(),
                        Stream.concat(seeds(run), named(run)).map(name -> new ResourceID(name, namespace)))
                .collect(Collectors.toSet());
    }
}
