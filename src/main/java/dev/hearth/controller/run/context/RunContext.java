package dev.hearth.controller.run.context;

import dev.hearth.api.CacheScope;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.StepStatus;
import dev.hearth.api.Trust;
import dev.hearth.cluster.storage.StorageResolver;
import dev.hearth.core.plan.Names;
import dev.hearth.core.plan.Plan;
import dev.hearth.core.plan.PlanContext;
import dev.hearth.core.plan.Step;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.ref.Lineage;
import dev.hearth.core.ref.Lineage.Origin;
import dev.hearth.core.ref.RefFilter;
import dev.hearth.core.ref.SourceUrl;
import dev.hearth.core.text.Durations;
import dev.hearth.pod.observe.PodReader;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A run whose commit and spec are settled, with what the watches show around it.
 *
 * @param pods its own, by name
 * @param claims that stay for as long as it does, by name
 * @param bases scopes of the trusted refs that its caches may start from, best first
 * @param siblings all runs of its pipeline
 */
public record RunContext(
        PipelineRun run,
        Plan plan,
        Map<String, Pod> pods,
        Set<String> claims,
        Optional<CacheScope> scope,
        List<CacheScope> bases,
        Collection<PipelineRun> siblings) {

    public static RunContext of(
            PipelineRun run,
            Map<String, Pod> pods,
            Set<String> claims,
            Optional<CacheScope> scope,
            List<CacheScope> bases,
            Collection<PipelineRun> siblings) {
        return new RunContext(run, plan(run), pods, claims, scope, bases, siblings);
    }

    private static Plan plan(PipelineRun run) {
        var status = run.getStatus();
        var ref = GitRef.of(run.getSpec().ref());
        return Plan.of(
                frozen(status),
                new PlanContext(ref, commit(status), run.getMetadata().getName(), status.matrices()));
    }

    private static PipelineSpec frozen(PipelineRunStatus status) {
        return Objects.requireNonNull(status.pipelineSpec(), "a run is viewed once its spec is frozen");
    }

    private static String commit(PipelineRunStatus status) {
        return Objects.requireNonNull(status.commit(), "a run is viewed once its commit is known");
    }

    /** Which attempt a step is at. */
    public int attempt(Step step) {
        return status().steps().stream()
                .filter(status -> status.name().equals(step.name()))
                .mapToInt(StepStatus::attempt)
                .findFirst()
                .orElse(1);
    }

    public String name() {
        return run.getMetadata().getName();
    }

    public String namespace() {
        return run.getMetadata().getNamespace();
    }

    public PipelineRunStatus status() {
        return run.getStatus();
    }

    public PipelineSpec spec() {
        return frozen(status());
    }

    public String commit() {
        return commit(status());
    }

    public GitRef ref() {
        return GitRef.of(run.getSpec().ref());
    }

    public Trust trust() {
        return RefFilter.trust(spec().trusted(), ref());
    }

    public String scopeName() {
        return Names.scope(run.getSpec().pipeline(), source(), run.getSpec().ref(), trust());
    }

    /** Identity of the repository. */
    public String source() {
        return SourceUrl.identity(spec().source().url());
    }

    /** Whether this run may take what another one has left. */
    boolean mayTakeFrom(PipelineRun other) {
        var left = other.getStatus();
        if (left == null || left.trust() == null || left.pipelineSpec() == null) {
            return false;
        }
        var lineage = new Lineage(new Origin(source(), run.getSpec().ref(), trust()), status().seedRefs());
        var origin = new Origin(
                SourceUrl.identity(left.pipelineSpec().source().url()),
                other.getSpec().ref(),
                left.trust());
        return lineage.mayTakeFrom(origin);
    }

    /** Other runs that this one may take from what they have left, newest first. */
    public Stream<PipelineRun> sources() {
        return siblings.stream()
                .filter(other ->
                        !other.getMetadata().getUid().equals(run.getMetadata().getUid()))
                .filter(this::mayTakeFrom)
                .sorted(Comparator.comparing(
                                (PipelineRun other) -> other.getMetadata().getCreationTimestamp())
                        .reversed());
    }

    /** The storage that its volumes get, as the cluster is now. */
    public StorageResolver.Selection choice(StorageResolver storage) {
        return storage.choose(spec().cache().policy(), namespace(), trust());
    }

    public Instant began() {
        return Instant.parse(Objects.requireNonNull(status().startedAt()));
    }

    public Instant deadline() {
        return began().plus(Durations.parse(spec().timeout()));
    }

    /** Pods whose work has ended, and that have not yet. */
    public int ending() {
        return (int) pods.values().stream()
                .filter(pod -> PodReader.isEnding(pod) && !PodReader.isOver(pod))
                .count();
    }

    /** Pods with work that has not ended, and that nobody is ending. */
    public Set<String> alive() {
        return pods.values().stream()
                .filter(pod -> !PodReader.isEnding(pod) && pod.getMetadata().getDeletionTimestamp() == null)
                .map(pod -> pod.getMetadata().getName())
                .collect(Collectors.toSet());
    }
}
