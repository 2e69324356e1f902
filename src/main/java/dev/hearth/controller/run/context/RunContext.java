package dev.hearth.controller.run.context;

import dev.hearth.api.BuiltCompletely;
import dev.hearth.api.CacheScope;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.StepStatus;
import dev.hearth.api.Trust;
import dev.hearth.cluster.storage.StorageResolver;
import dev.hearth.controller.support.OwnerReferences;
import dev.hearth.core.plan.Names;
import dev.hearth.core.plan.Plan;
import dev.hearth.core.plan.PlanContext;
import dev.hearth.core.plan.Step;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.ref.Lineage;
import dev.hearth.core.ref.Lineage.Origin;
import dev.hearth.core.ref.SourceUrl;
import dev.hearth.core.text.Durations;
import dev.hearth.pod.PodFrame;
import dev.hearth.pod.observe.PodReader;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A run whose commit and pipeline spec are recorded in its status, with the objects of the cluster that concern it, as
 * the watches show them.
 *
 * @param pods the run's pods that still exist, by name; a pod that the run has taken has the name of the one that it replaces
 * @param scope the cache scope of the run's ref; empty until it exists
 * @param seedScopes cache scopes of the trusted refs that the run's caches may be seeded from, best first
 * @param namedScopes cache scopes of other refs with artifacts that the run's status names
 * @param siblings all runs of the same pipeline that can be read, this one included
 * @param readsAll whether all runs of the namespace can be read
 * @param storageChoice storage of new volumes of the run
 */
@BuiltCompletely
public record RunContext(
        PipelineRun resource,
        Plan plan,
        Map<String, Pod> pods,
        Optional<CacheScope> scope,
        List<CacheScope> seedScopes,
        List<CacheScope> namedScopes,
        Collection<PipelineRun> siblings,
        boolean readsAll,
        Once<StorageResolver.Selection> storageChoice) {
    /** Time after the run's deadline after which the kubelet ends a pod that the operator has not deleted. */
    private static final Duration POD_GRACE = Duration.ofSeconds(30);

    public static RunContext of(
            PipelineRun run,
            Map<String, Pod> pods,
            @Nullable CacheScope scope,
            List<CacheScope> seedScopes,
            List<CacheScope> namedScopes,
            Collection<PipelineRun> siblings,
            boolean readsAll,
            StorageResolver storage) {
        var status = run.getStatus();
        return RunContextBuilder.builder()
                .resource(run)
                .plan(plan(run))
                .pods(pods)
                .scope(Optional.ofNullable(scope))
                .seedScopes(seedScopes)
                .namedScopes(namedScopes)
                .siblings(siblings)
                .readsAll(readsAll)
                .storageChoice(new Once<>(() -> storage.choose(
                        pipelineSpec(status).cache().policy(), run.getMetadata().getNamespace(), trust(status))))
                .build();
    }

    /** Returns the storage of new volumes of the run. It is chosen once per reconciliation, and only if it is needed. */
    public StorageResolver.Selection storage() {
        return storageChoice.get();
    }

    private static Plan plan(PipelineRun run) {
        var status = run.getStatus();
        var ref = GitRef.of(run.getSpec().ref());
        return Plan.of(
                pipelineSpec(status),
                new PlanContext(ref, commit(status), run.getMetadata().getName(), status.matrices()));
    }

    private static PipelineSpec pipelineSpec(PipelineRunStatus status) {
        return Objects.requireNonNull(status.pipelineSpec(), "the run's status has no pipelineSpec yet");
    }

    private static Trust trust(PipelineRunStatus status) {
        return Objects.requireNonNull(status.trust(), "the run's status has no trust yet");
    }

    private static String commit(PipelineRunStatus status) {
        return Objects.requireNonNull(status.commit(), "the run's status has no commit yet");
    }

    /** Returns the number of the step's newest attempt, from 1. */
    public int attempt(Step step) {
        return status().steps().stream()
                .filter(status -> status.name().equals(step.name()))
                .mapToInt(StepStatus::attempt)
                .findFirst()
                .orElse(1);
    }

    public String name() {
        return resource.getMetadata().getName();
    }

    public String namespace() {
        return resource.getMetadata().getNamespace();
    }

    public String uid() {
        return resource.getMetadata().getUid();
    }

    public String pipeline() {
        return resource.getSpec().pipeline();
    }

    public PipelineRunStatus status() {
        return resource.getStatus();
    }

    /** Returns the pipeline's spec as it was when the run started. */
    public PipelineSpec spec() {
        return pipelineSpec(status());
    }

    public String commit() {
        return commit(status());
    }

    public GitRef ref() {
        return GitRef.of(resource.getSpec().ref());
    }

    /** Returns the trust as it was recorded when the run started. */
    public Trust trust() {
        return trust(status());
    }

    public String scopeName() {
        return Names.scope(pipeline(), source(), lineage(), trust());
    }

    private String lineage() {
        return ref().lineage(commit());
    }

    /** Returns the identity of the repository, which is the same for all spellings of its URL. */
    public String source() {
        return SourceUrl.identity(spec().source().url());
    }

    /** Returns the uids of the claims of volumes that the run may mount artifacts from, by the names of the claims. */
    public Map<String, String> volumeUids() {
        var uids = new HashMap<String, String>();
        Stream.of(scope.stream(), seedScopes.stream(), namedScopes.stream())
                .flatMap(Function.identity())
                .forEach(each -> {
                    each.volumes().stream()
                            .filter(volume -> volume.uid() != null)
                            .forEach(volume -> uids.put(volume.claim(), volume.uid()));
                    each.taskCaches().stream()
                            .filter(volume -> volume.uid() != null)
                            .forEach(volume -> uids.put(volume.claim(), volume.uid()));
                });
        return uids;
    }

    /** Returns all runs of the pipeline, this one as it is now: what it has recorded, the watch may not show yet. */
    public List<PipelineRun> siblingsAndSelf() {
        var others = siblings.stream()
                .filter(sibling -> !sibling.getMetadata().getUid().equals(uid()));
        return Stream.concat(others, Stream.of(resource)).toList();
    }

    /** Returns the other runs whose artifacts and test durations this run may use, newest first. */
    public Stream<PipelineRun> reusableRuns() {
        var lineage = new Lineage(new Origin(source(), lineage(), trust()), status().seedRefs());
        return siblings.stream()
                .filter(other -> !other.getMetadata().getUid().equals(uid()))
                .filter(other -> mayReuse(lineage, other))
                .sorted(Comparator.comparing(
                                (PipelineRun other) -> other.getMetadata().getCreationTimestamp())
                        .reversed());
    }

    private static boolean mayReuse(Lineage lineage, PipelineRun other) {
        var status = other.getStatus();
        if (status == null || status.trust() == null || status.pipelineSpec() == null || status.commit() == null) {
            return false;
        }
        var origin = new Origin(
                SourceUrl.identity(status.pipelineSpec().source().url()),
                GitRef.of(other.getSpec().ref()).lineage(status.commit()),
                status.trust());
        return lineage.mayTakeFrom(origin);
    }

    public Instant startedAt() {
        return Instant.parse(Objects.requireNonNull(status().startedAt()));
    }

    public Instant deadline() {
        return startedAt().plus(Durations.parse(spec().timeout()));
    }

    public Duration pendingTimeout() {
        return Durations.parse(spec().pendingTimeout());
    }

    /**
     * Returns the limit of a pod that may use all of the run's time. It exceeds the deadline: at the deadline the
     * operator ends the run and reports why, while the kubelet, which counts in whole seconds, only reports a step that
     * took too long.
     */
    public Duration remainingTime(Instant now) {
        return Duration.between(now, deadline()).plus(POD_GRACE);
    }

    /**
     * Returns the frame of a new pod of this run.
     *
     * @param limit how long the pod may exist, unless the run's own time ends before
     */
    public PodFrame podFrame(String pod, Duration limit, Instant now) {
        var remaining = remainingTime(now);
        return new PodFrame(
                namespace(),
                pipeline(),
                name(),
                trust(),
                pod,
                OwnerReferences.controller(resource),
                limit.compareTo(remaining) < 0 ? limit : remaining);
    }

    /** Whether a pod that waited for a run belongs to this one now. */
    public boolean has(ScopeVolume.Warm warm) {
        return pods.values().stream().anyMatch(pod -> pod.getMetadata().getUid().equals(warm.uid()));
    }

    /** Returns the number of pods whose main containers have ended while others, such as the collector, still run. */
    public int endingPods() {
        return (int) pods.values().stream()
                .filter(pod -> PodReader.hasWorkFinished(pod) && !PodReader.hasFinished(pod))
                .count();
    }

    /** Returns the names of pods that still work and are not being deleted. */
    public Set<String> livePods() {
        return pods.entrySet().stream()
                .filter(pod -> !PodReader.hasWorkFinished(pod.getValue())
                        && pod.getValue().getMetadata().getDeletionTimestamp() == null)
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    /** Returns the names of pods that the run has taken instead of creating its own, by the names of those. */
    public Map<String, String> takenPods() {
        return pods.entrySet().stream()
                .filter(pod -> !pod.getKey().equals(pod.getValue().getMetadata().getName()))
                .collect(Collectors.toMap(
                        Map.Entry::getKey, pod -> pod.getValue().getMetadata().getName()));
    }
}
