package dev.hearth.controller.run;

import dev.hearth.api.CacheScope;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.Trust;
import dev.hearth.core.plan.Durations;
import dev.hearth.core.plan.Names;
import dev.hearth.core.plan.Plan;
import dev.hearth.core.trust.Ref;
import dev.hearth.core.trust.RefFilter;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** A run whose commit and spec are settled, with what the watches show around it. */
record RunView(PipelineRun run, Map<String, Pod> pods, Optional<CacheScope> scope) {

    String name() {
        return run.getMetadata().getName();
    }

    String namespace() {
        return run.getMetadata().getNamespace();
    }

    PipelineRunStatus status() {
        return run.getStatus();
    }

    PipelineSpec spec() {
        return Objects.requireNonNull(status().frozen(), "a run is viewed once its spec is frozen");
    }

    String commit() {
        return Objects.requireNonNull(status().commit(), "a run is viewed once its commit is known");
    }

    Ref ref() {
        return Ref.of(run.getSpec().ref());
    }

    Plan plan() {
        return Plan.of(spec(), ref());
    }

    Trust trust() {
        return RefFilter.trust(spec().trusted(), ref());
    }

    String scopeName() {
        return Names.scope(run.getSpec().pipeline(), run.getSpec().ref(), trust());
    }

    Instant began() {
        return Instant.parse(Objects.requireNonNull(status().startedAt()));
    }

    Instant deadline() {
        return began().plus(Durations.parse(spec().timeout()));
    }
}
