package dev.hearth.controller.scope;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.core.cache.Generations.Fate;
import dev.hearth.core.cache.Tenant;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The runs of a scope, as its volumes see them. */
final class Tenants {
    private Tenants() {}

    static Map<String, Tenant> of(Collection<PipelineRun> runs) {
        return runs.stream()
                .flatMap(run -> of(run).stream())
                .collect(Collectors.toMap(Tenant::run, Function.identity()));
    }

    private static Optional<Tenant> of(PipelineRun run) {
        @Nullable PipelineRunStatus status = run.getStatus();
        if (status == null || status.frozen() == null || status.commit() == null) {
            return Optional.empty();
        }
        return Optional.of(new Tenant(
                run.getMetadata().getName(),
                status.commit(),
                Optional.ofNullable(status.recipe()),
                status.bases(),
                status.frozen().builds(),
                fate(status)));
    }

    private static Fate fate(PipelineRunStatus status) {
        if (status.finishedAt() == null) {
            return Fate.Open;
        }
        return status.phase() == PipelineRunStatus.Phase.Succeeded ? Fate.Succeeded : Fate.Lost;
    }
}
