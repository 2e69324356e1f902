package dev.hearth.controller.run;

import dev.hearth.api.Reason;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.StepStatus;
import dev.hearth.buildkit.SolveReportReader;
import dev.hearth.cluster.ApiRejection;
import dev.hearth.cluster.storage.StorageResolver;
import dev.hearth.config.HearthConfig;
import dev.hearth.controller.access.PodRuleResolver;
import dev.hearth.controller.run.context.RunContext;
import dev.hearth.controller.run.matrix.MatrixResolver;
import dev.hearth.controller.run.pods.RejectedObjects;
import dev.hearth.controller.run.pods.TaskCachePlanner;
import dev.hearth.controller.run.pods.UserNamespacePreflight;
import dev.hearth.controller.run.results.ReportCollector;
import dev.hearth.controller.run.results.SecretMasker;
import dev.hearth.controller.run.results.ServiceLogs;
import dev.hearth.controller.run.results.TaskCacheUsageRecorder;
import dev.hearth.core.isolation.UserNamespaceDecider;
import dev.hearth.core.plan.Step;
import dev.hearth.core.run.BuildResult;
import dev.hearth.core.run.Observation;
import dev.hearth.core.run.RunFacts;
import dev.hearth.core.run.StepOutputs;
import dev.hearth.core.run.StepPodName;
import dev.hearth.core.run.UserNamespaceConflict;
import dev.hearth.core.run.VolumeState;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.text.Durations;
import dev.hearth.core.validation.UntrustedImageNames;
import dev.hearth.pod.ObjectLabels;
import dev.hearth.pod.PodRules;
import dev.hearth.pod.observe.PodReader;
import io.fabric8.kubernetes.api.model.Pod;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Gathers the facts that a run is decided from. */
@ApplicationScoped
public class RunObserver {
    private static final Logger LOG = Logger.getLogger(RunObserver.class);

    private final HearthConfig config;
    private final StorageResolver storage;
    private final IndexPublisher indexes;
    private final MatrixResolver lists;
    private final ServiceLogs services;
    private final ReportCollector reports;
    private final SecretMasker masked;
    private final RejectedObjects refused;
    private final ReusableArtifacts reusable;
    private final TaskCachePlanner directories;
    private final PodRuleResolver allowed;
    private final UserNamespacePreflight users;

    public RunObserver(
            HearthConfig config,
            StorageResolver storage,
            IndexPublisher indexes,
            MatrixResolver lists,
            ServiceLogs services,
            ReportCollector reports,
            SecretMasker masked,
            RejectedObjects refused,
            ReusableArtifacts reusable,
            TaskCachePlanner directories,
            PodRuleResolver allowed,
            UserNamespacePreflight users) {
        this.config = config;
        this.storage = storage;
        this.indexes = indexes;
        this.lists = lists;
        this.services = services;
        this.reports = reports;
        this.masked = masked;
        this.refused = refused;
        this.reusable = reusable;
        this.directories = directories;
        this.allowed = allowed;
        this.users = users;
    }

    RunFacts observe(RunContext view, Instant now) {
        var recorded = view.status().steps().stream().collect(Collectors.toMap(StepStatus::name, Function.identity()));
        var observed = new HashMap<String, Observation>();
        for (Step step : view.plan().steps()) {
            var before = Optional.ofNullable(recorded.get(step.name()));
            // What has ended stays as it is, whatever its pod shows: most steps of a large run, most of the time.
            if (before.map(status -> !status.state().isFinal()).orElse(true)) {
                observeAttempt(view, step, before, now).ifPresent(it -> observed.put(step.name(), it));
            }
        }
        var waiting = withoutPod(view, recorded);
        var rules = waiting.isEmpty()
                ? Optional.<PodRules>empty()
                : Optional.of(allowed.resolve(view.spec().cache().policy(), view.namespace(), view.trust()));
        for (Step step : waiting) {
            rules.flatMap(it -> it.refusal(step))
                    .ifPresent(why -> observed.putIfAbsent(step.name(), forbidden(why, now)));
        }
        var open = view.plan().builds().anyMatch(build -> isPending(recorded.get(build.name())));
        return new RunFacts(
                view.name(),
                view.plan(),
                recorded,
                observed,
                open ? volumes(view) : Map.of(),
                directories.missing(view),
                view.status().matrices(),
                view.status().inputs(),
                rules.filter(_ -> waiting.stream().anyMatch(UserNamespaceConflict::concerns))
                        .map(it -> users.resolve(view, it.userNamespaces()))
                        .orElse(UserNamespaceDecider.UNKNOWN),
                view.alive(),
                limits(view),
                view.run().getSpec().cancel(),
                view.deadline(),
                now);
    }

    /** A step that cannot be looked at keeps the others from nothing. */
    @SuppressWarnings("IllegalCatch") // whatever is wrong with one step, the step says so
    private Optional<Observation> observeAttempt(RunContext view, Step step, Optional<StepStatus> before, Instant now) {
        try {
            return observe(view, step, before, now);
        } catch (RuntimeException e) {
            LOG.warnf(e, "step %s of run %s/%s cannot be looked at", step.name(), view.namespace(), view.name());
            return Optional.of(new Observation.Unknown(
                    "cannot be looked at: " + ApiRejection.finding(e).message(), now.plus(RejectedObjects.RETRY)));
        }
    }

    private Optional<Observation> observe(RunContext view, Step step, Optional<StepStatus> before, Instant now) {
        if (step instanceof Step.Index index) {
            return indexes.observe(view.run(), index, before);
        }
        var stranger = strangersImage(view, step, now);
        if (stranger.isPresent()) {
            return stranger;
        }
        var attempt = attempt(before.orElse(null));
        var name = StepPodName.name(view.name(), step, attempt).orElseThrow();
        var pod = Optional.ofNullable(view.pods().get(name));
        if (pod.isPresent() && step instanceof Step.Build build && !PodReader.has(pod.get(), build.container())) {
            // Made for the others of its platform: this one was to take what another run had left.
            return reusable.find(view, step, now).or(() -> Optional.of(reuseLost(now)));
        }
        return pod.isPresent()
                ? Optional.of(observe(view, step, pod.get(), now))
                : refused.observe(view, name, now)
                        .or(() -> attempt == 1
                                        && before.map(StepStatus::startedAt).isEmpty()
                                ? reusable.find(view, step, now)
                                : Optional.empty());
    }

    /** Steps that may get a pod. Those that must not may still take files of another run, which need none. */
    private static List<Step> withoutPod(RunContext view, Map<String, StepStatus> recorded) {
        return view.plan().steps().stream()
                .filter(step -> isPending(recorded.get(step.name())))
                .filter(step -> StepPodName.name(view.name(), step, attempt(recorded.get(step.name())))
                        .filter(pod -> !view.pods().containsKey(pod))
                        .isPresent())
                .toList();
    }

    private static boolean isPending(@Nullable StepStatus recorded) {
        return recorded == null || recorded.state() == StepStatus.State.Pending;
    }

    private static int attempt(@Nullable StepStatus recorded) {
        return recorded == null ? 1 : recorded.attempt();
    }

    private static Observation forbidden(StatusReason why, Instant now) {
        return new Observation.Broken(
                Optional.empty(), now, Optional.empty(), why, StepStatus.Failure.Setup, StepOutputs.NOTHING);
    }

    /** The pipeline's own words count: in the step's the values are filled in. */
    private static Optional<Observation> strangersImage(RunContext view, Step step, Instant now) {
        var task = switch (step) {
            case Step.Task leg -> leg.spec().name();
            case Step.MatrixReader listing -> listing.spec().name();
            case Step.Build _, Step.Index _, Step.ArtifactUpload _ -> "";
        };
        return view.spec().tasks().stream()
                .filter(spec -> spec.name().equals(task))
                .flatMap(spec -> UntrustedImageNames.refusal(view.trust(), spec).stream())
                .findFirst()
                .map(why -> forbidden(why, now));
    }

    /** A pod whose work has ended still takes its place until the kubelet is done with it. */
    private RunFacts.Limits limits(RunContext view) {
        return new RunFacts.Limits(
                Math.max(1, config.tasksAtOnce() - view.ending()), view.spec().infrastructureRetries());
    }

    private static Observation reuseLost(Instant now) {
        return new Observation.Broken(
                Optional.empty(),
                now,
                Optional.empty(),
                new StatusReason(
                        Reason.ReusedArtifactLost,
                        "the files of the run that had made them were deleted as they were taken"),
                StepStatus.Failure.Infrastructure,
                StepOutputs.NOTHING);
    }

    private Observation observe(RunContext view, Step step, Pod pod, Instant now) {
        var reader = new PodReader(
                config.imagePullPatience(), Durations.parse(view.spec().pendingTimeout()));
        return switch (step) {
            case Step.Build build ->
                storageFirst(
                        view,
                        build,
                        withFiles(
                                pod,
                                build,
                                reader.build(
                                        pod,
                                        build.container(),
                                        message ->
                                                SolveReportReader.read(message).map(result -> placed(result, pod)))));
            case Step.Task task -> {
                var limit = Durations.parse(task.spec().timeout());
                var seen = services.withLogs(view, pod, reader.task(pod, limit));
                yield TaskCacheUsageRecorder.addReport(
                        pod, masked.mask(view, task, reports.collect(view, task, pod, seen)), now);
            }
            case Step.MatrixReader listing -> {
                var seen = reader.listing(pod);
                yield seen instanceof Observation.Done done
                        ? lists.read(view, listing, pod.getMetadata().getName(), done)
                        : seen;
            }
            case Step.ArtifactUpload _ -> reader.publication(pod);
            case Step.Index _ -> new Observation.Absent();
        };
    }

    /** A build that is to leave files and leaves none has not done what it is there for. */
    private static Observation withFiles(Pod pod, Step.Build build, Observation.OfPod seen) {
        if (!(seen instanceof Observation.Done done) || !build.keepsFiles()) {
            return seen;
        }
        return PodReader.terminationMessage(pod, build.container())
                .flatMap(SolveReportReader::files)
                .<Observation>map(files -> new Observation.Done(
                        done.since(), done.at(), done.result(), new StepOutputs(files, null, null)))
                .orElseGet(() -> new Observation.Broken(
                        Optional.of(done.since()),
                        done.at(),
                        Optional.of(0),
                        new StatusReason(
                                Reason.ArtifactMissing,
                                "the build left no files: COPY what tasks need into the stage that is its target"),
                        StepStatus.Failure.Command,
                        StepOutputs.NOTHING));
    }

    /** A pod whose volume storage has yet to make waits for that, whatever the scheduler says of it. */
    private static Observation storageFirst(RunContext view, Step.Build build, Observation seen) {
        return seen instanceof Observation.Waiting
                ? view.scope().stream()
                        .flatMap(scope -> scope.volumes().stream())
                        .filter(volume -> volume.platform().equals(build.platform()))
                        .flatMap(volume -> Optional.ofNullable(volume.waiting()).stream())
                        .<Observation>map(wait -> Observation.Waiting.patiently(Reason.PreparingVolume, wait.message()))
                        .findFirst()
                        .orElse(seen)
                : seen;
    }

    /** With where its cache came from, which its pod was told and its daemon may have found otherwise. */
    private static BuildResult placed(BuildResult result, Pod pod) {
        var told = pod.getMetadata().getAnnotations();
        var begun = result.cacheFrom();
        return new BuildResult(
                result.digest(),
                result.cached(),
                result.executed(),
                begun == null ? told.get(ObjectLabels.CACHE_FROM) : begun,
                result.trouble(),
                Boolean.parseBoolean(told.get(ObjectLabels.CACHE_REPEATS)) ? result.regressed() : List.of());
    }

    private Map<String, VolumeState> volumes(RunContext view) {
        if (view.choice(storage) instanceof StorageResolver.Selection.Missing(StatusReason why)) {
            return view.plan().platforms().stream()
                    .collect(Collectors.toMap(Function.identity(), _ -> new VolumeState.Refused(why)));
        }
        var unmade = view.scope().isPresent() ? Optional.<StatusReason>empty() : refused.why(view, view.scopeName());
        if (unmade.isPresent()) {
            return view.plan().platforms().stream()
                    .collect(Collectors.toMap(Function.identity(), _ -> new VolumeState.Awaited(unmade.get())));
        }
        return view.scope()
                .flatMap(scope -> Optional.ofNullable(scope.getStatus()))
                .map(scope -> scope.volumes().stream()
                        .collect(Collectors.toMap(
                                ScopeVolume::platform,
                                volume -> VolumeState.of(scope, volume, view.name(), view.began()))))
                .orElse(Map.of());
    }
}
