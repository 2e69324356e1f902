package dev.hearth.controller.support;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.Trust;
import dev.hearth.core.plan.Names;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.ref.RefFilter;
import dev.hearth.core.ref.SourceUrl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Which scope a run belongs to. */
public final class ScopeNames {
    private ScopeNames() {}

    /** Empty until the run's spec is frozen, which says what is trusted. */
    public static Optional<ResourceID> of(PipelineRun run) {
        return Optional.ofNullable(run.getStatus())
                .map(PipelineRunStatus::pipelineSpec)
                .map(spec -> new ResourceID(
                        Names.scope(
                                run.getSpec().pipeline(),
                                SourceUrl.identity(spec.source().url()),
                                run.getSpec().ref(),
                                RefFilter.trust(
                                        spec.trusted(), GitRef.of(run.getSpec().ref()))),
                        run.getMetadata().getNamespace()));
    }

    /** Names of the scopes of the trusted refs that a run's caches may start from, best first. */
    public static Stream<String> bases(PipelineRun run) {
        return Stream.ofNullable(run.getStatus())
                .flatMap(status -> Stream.ofNullable(status.pipelineSpec())
                        .flatMap(spec -> status.seedRefs().stream()
                                .map(base -> Names.scope(
                                        run.getSpec().pipeline(),
                                        SourceUrl.identity(spec.source().url()),
                                        base,
                                        Trust.Trusted))));
    }

    /** All that a run reads. */
    public static Set<ResourceID> read(PipelineRun run) {
        var namespace = run.getMetadata().getNamespace();
        return Stream.concat(of(run).stream(), bases(run).map(name -> new ResourceID(name, namespace)))
                .collect(Collectors.toSet());
    }
}
