package dev.hearth.controller.run;

import dev.hearth.api.Reason;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.StepStatus;
import dev.hearth.buildkit.DockerfileFindingReader;
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
import dev.hearth.core.isolation.UserNamespaceDecider;
import dev.hearth.core.plan.Names;
import dev.hearth.core.plan.Step;
import dev.hearth.core.run.ArtifactLocation;
import dev.hearth.core.run.BuildResult;
import dev.hearth.core.run.Observation;
import dev.hearth.core.run.RunFacts;
import dev.hearth.core.run.RunFactsBuilder;
import dev.hearth.core.run.RunStatusFactory;
import dev.hearth.core.run.StepOutputs;
import dev.hearth.core.run.UserNamespaceConflict;
import dev.hearth.core.run.VolumeState;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.text.Durations;
import dev.hearth.core.validation.UntrustedImageNames;
import dev.hearth.pod.ObjectLabels;
import dev.hearth.pod.PodRules;
import dev.hearth.pod.build.BuildPod;
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

/** Observes the facts from which a run is decided. */
@ApplicationScoped
public class RunObserver {
    private static final Logger LOG = Logger.getLogger(RunObserver.class);

    private final HearthConfig config;
    private final MatrixResolver matrices;
    private final ServiceLogs services;
    private final ReportCollector reports;
    private final SecretMasker masker;
    private final RejectedObjects rejected;
    private final ReusableArtifacts reusable;
    private final TaskCachePlanner taskCaches;
    private final PodRuleResolver podRules;
    private final UserNamespacePreflight userNamespaces;

    public RunObserver(
            HearthConfig config,
            MatrixResolver matrices,
            ServiceLogs services,
            ReportCollector reports,
            SecretMasker masker,
            RejectedObjects rejected,
            ReusableArtifacts reusable,
            TaskCachePlanner taskCaches,
            PodRuleResolver podRules,
            UserNamespacePreflight userNamespaces) {
        this.config = config;
        this.matrices = matrices;
        this.services = services;
        this.reports = reports;
        this.masker = masker;
        this.rejected = rejected;
        this.reusable = reusable;
        this.taskCaches = taskCaches;
        this.podRules = podRules;
        this.userNamespaces = userNamespaces;
    }

    RunFacts observe(RunContext run, Instant now) {
        var recorded = run.status().stepsWithPlaces().stream()
                .collect(Collectors.toMap(StepStatus::name, Function.identity()));
        var observed = new HashMap<String, Observation>();
        for (Step step : run.plan().steps()) {
            var before = recorded.get(step.name());
            // The state of a finished step is final. Its pod is not read again, which saves work in large runs.
            if (before == null || !before.state().isFinal()) {
                observeAttempt(run, step, before, now).ifPresent(it -> observed.put(step.name(), it));
            }
        }
        var startable = withoutPod(run, recorded);
        var rules = startable.isEmpty() ? Optional.<PodRules>empty() : Optional.of(rules(run, startable));
        for (Step step : startable) {
            rules.flatMap(it -> it.refusal(step))
                    .ifPresent(why -> observed.putIfAbsent(step.name(), forbidden(why, now)));
        }
        var needsVolumes = run.plan().builds().anyMatch(build -> isPending(recorded.get(build.name())));
        return RunFactsBuilder.builder()
                .run(run.name())
                .plan(run.plan())
                .recorded(recorded)
                .observed(observed)
                .volumes(needsVolumes ? volumes(run) : Map.of())
                .unavailableTaskCaches(taskCaches.missing(run))
                .volumeUids(run.volumeUids())
                .matrices(run.status().matrices())
                .inputs(run.status().inputs())
                .userNamespaces(rules.filter(_ -> startable.stream().anyMatch(UserNamespaceConflict::concerns))
                        .map(it -> userNamespaces.resolve(run, it.userNamespaces()))
                        .orElse(UserNamespaceDecider.UNKNOWN))
                .takenPods(run.takenPods())
                .alive(run.livePods())
                .limits(limits(run))
                .cancellation(RunStatusFactory.cancellation(run.resource().getSpec()))
                .deadline(run.deadline())
                .now(now)
                .build();
    }

    /** Returns the rules for new pods. Those that refuse a step, which is final, are the present ones. */
    private PodRules rules(RunContext run, List<Step> startable) {
        var policy = run.spec().cache().policy();
        var rules = podRules.resolve(policy, run.namespace(), run.trust());
        return startable.stream().allMatch(step -> rules.refusal(step).isEmpty())
                ? rules
                : podRules.resolveNow(policy, run.namespace(), run.trust());
    }

    /** Observes a step. A failure concerns this step only. */
    @SuppressWarnings("IllegalCatch") // the observation reports the failure
    private Optional<Observation> observeAttempt(RunContext run, Step step, @Nullable StepStatus before, Instant now) {
        try {
            return observe(run, step, before, now);
        } catch (RuntimeException e) {
            LOG.warnf(e, "step %s of run %s/%s cannot be observed", step.name(), run.namespace(), run.name());
            return Optional.of(new Observation.Unknown(
                    "the step cannot be observed: "
                            + ApiRejection.statusReason(e).message(),
                    now.plus(RejectedObjects.RETRY)));
        }
    }

    private Optional<Observation> observe(RunContext run, Step step, @Nullable StepStatus before, Instant now) {
        var untrustedImage = untrustedImage(run, step, now);
        if (untrustedImage.isPresent()) {
            return untrustedImage;
        }
        var attempt = attempt(before);
        var name = Names.pod(run.name(), step, attempt);
        var pod = Optional.ofNullable(run.pods().get(name));
        if (pod.isPresent() && step instanceof Step.Build build && !BuildPod.solves(pod.get(), build.container())) {
            // The pod is for other builds of the platform: this one was to reuse an artifact.
            return reusable.find(run, step, now).or(() -> Optional.of(reusedArtifactLost(now)));
        }
        return pod.isPresent()
                ? Optional.of(observe(run, step, pod.get(), now))
                : rejected.observe(run, name, now)
                        .or(() -> attempt == 1 && (before == null || before.startedAt() == null)
                                ? reusable.find(run, step, now)
                                : Optional.empty());
    }

    /** Returns pending steps whose pod does not exist. Pod rules apply to them, unless they reuse an artifact. */
    private static List<Step> withoutPod(RunContext run, Map<String, StepStatus> recorded) {
        return run.plan().steps().stream()
                .filter(step -> isPending(recorded.get(step.name())))
                .filter(step ->
                        !run.pods().containsKey(Names.pod(run.name(), step, attempt(recorded.get(step.name())))))
                .toList();
    }

    private static boolean isPending(@Nullable StepStatus recorded) {
        return recorded == null || recorded.state() == StepStatus.State.Pending;
    }

    private static int attempt(@Nullable StepStatus recorded) {
        return recorded == null ? 1 : recorded.attempt();
    }

    private static Observation forbidden(StatusReason why, Instant now) {
        return Observation.Broken.withoutContainer(now, why, StepStatus.Failure.Setup);
    }

    /** Checks the image as the pipeline's spec has it: in the step, placeholders are replaced by values. */
    private static Optional<Observation> untrustedImage(RunContext run, Step step, Instant now) {
        var task = switch (step) {
            case Step.Task cell -> cell.spec().name();
            case Step.MatrixReader reader -> reader.spec().name();
            case Step.Build _, Step.Index _, Step.ArtifactUpload _ -> "";
        };
        return run.spec().tasks().stream()
                .filter(spec -> spec.name().equals(task))
                .flatMap(spec -> UntrustedImageNames.refusal(run.trust(), spec).stream())
                .findFirst()
                .map(why -> forbidden(why, now));
    }

    /** Counts a pod until all its containers have ended, though its step has already finished. */
    private RunFacts.Limits limits(RunContext run) {
        return new RunFacts.Limits(
                Math.max(1, config.tasksAtOnce() - run.endingPods()), run.spec().infrastructureRetries());
    }

    private static Observation reusedArtifactLost(Instant now) {
        return Observation.Broken.withoutContainer(
                now,
                new StatusReason(
                        Reason.ReusedArtifactLost,
                        "the artifact of an earlier run was deleted before this run could use it"),
                StepStatus.Failure.Infrastructure);
    }

    private Observation observe(RunContext run, Step step, Pod pod, Instant now) {
        var reader = new PodReader(config.imagePullPatience(), run.pendingTimeout());
        return switch (step) {
            case Step.Build build ->
                withPendingVolume(
                        run,
                        build,
                        withFindings(
                                run,
                                build,
                                pod,
                                withFiles(
                                        run,
                                        pod,
                                        build,
                                        reader.build(
                                                pod,
                                                build.container(),
                                                message -> SolveReportReader.read(message)
                                                        .map(result -> withCacheOrigin(result, pod))),
                                        now)));
            case Step.Task task -> {
                var limit = Durations.parse(task.spec().timeout());
                var seen = services.withServiceLog(run, pod, reader.task(pod, limit));
                yield ReportCollector.withTaskCaches(
                        pod, masker.mask(run, task, reports.collect(run, task, pod, seen)), now);
            }
            case Step.MatrixReader matrixReader -> {
                var seen = reader.listing(pod);
                yield seen instanceof Observation.Done done
                        ? matrices.read(run, matrixReader, pod.getMetadata().getName(), done)
                        : seen;
            }
            case Step.ArtifactUpload _ -> reader.artifactUpload(pod);
            case Step.Index _ -> reader.imagePublish(pod);
        };
    }

    /** Adds what BuildKit says of lines of the Dockerfile. */
    private Observation withFindings(RunContext run, Step.Build build, Pod pod, Observation seen) {
        var message = PodReader.terminationMessage(pod, build.container());
        return switch (seen) {
            case Observation.Done done ->
                done.with(done.kept()
                        .withFindings(masker.mask(
                                run,
                                message.map(it -> SolveReportReader.warnings(build.spec(), it))
                                        .orElse(List.of()))));
            case Observation.Broken broken ->
                broken.with(broken.kept()
                        .withFindings(message.flatMap(it -> DockerfileFindingReader.failure(build.spec(), it)).stream()
                                .toList()));
            case Observation other -> other;
        };
    }

    /** Adds the files of a build with an artifact. Such a build fails if it has produced none. */
    private static Observation withFiles(
            RunContext run, Pod pod, Step.Build build, Observation.OfPod seen, Instant now) {
        if (!(seen instanceof Observation.Done done) || !build.keepsFiles()) {
            return seen;
        }
        var files = PodReader.terminationMessage(pod, build.container()).flatMap(SolveReportReader::files);
        if (files.isEmpty()) {
            return done.broken(
                    new StatusReason(
                            Reason.ArtifactMissing,
                            "the build left no files: COPY what tasks need into the stage that is its target"),
                    StepStatus.Failure.Command);
        }
        var claim = BuildPod.claimOf(pod);
        var uid = claim.map(run.volumeUids()::get);
        if (uid.isEmpty()) {
            return new Observation.Unknown(
                    "the cache scope does not show its volume yet", now.plus(RejectedObjects.RETRY));
        }
        var location =
                ArtifactLocation.ofBuild(claim.get(), uid.get(), files.get().digest());
        return new Observation.Done(
                done.since(),
                done.at(),
                done.result(),
                StepOutputs.NOTHING.withFiles(files.get().at(location)));
    }

    /** Replaces the scheduler's message by the true cause, if storage is still restoring the pod's volume. */
    private static Observation withPendingVolume(RunContext run, Step.Build build, Observation seen) {
        return seen instanceof Observation.Waiting
                ? run.scope().stream()
                        .flatMap(scope -> scope.volumes().stream())
                        .filter(volume -> volume.platform().equals(build.platform()))
                        .flatMap(volume -> Optional.ofNullable(volume.waiting()).stream())
                        .<Observation>map(wait -> Observation.Waiting.patiently(Reason.PreparingVolume, wait.message()))
                        .findFirst()
                        .orElse(seen)
                : seen;
    }

    /** Adds the cache origin: the one that the daemon reported, else the one that the pod was created for. */
    private static BuildResult withCacheOrigin(BuildResult result, Pod pod) {
        var annotations = pod.getMetadata().getAnnotations();
        var reported = result.cacheFrom();
        return result.withCacheFrom(reported == null ? annotations.get(ObjectLabels.CACHE_FROM) : reported)
                .withRebuilt(
                        Boolean.parseBoolean(annotations.get(ObjectLabels.CACHE_REPEATS))
                                ? result.rebuilt()
                                : List.of());
    }

    private Map<String, VolumeState> volumes(RunContext run) {
        if (run.storage() instanceof StorageResolver.Selection.Missing(StatusReason why)) {
            return run.plan().platforms().stream()
                    .collect(Collectors.toMap(Function.identity(), _ -> new VolumeState.Refused(why)));
        }
        var rejection = run.scope().isPresent() ? Optional.<StatusReason>empty() : rejected.why(run, run.scopeName());
        if (rejection.isPresent()) {
            return run.plan().platforms().stream()
                    .collect(Collectors.toMap(Function.identity(), _ -> new VolumeState.Awaited(rejection.get())));
        }
        return run.scope()
                .flatMap(scope -> Optional.ofNullable(scope.getStatus()))
                .map(scope -> scope.volumes().stream()
                        .collect(Collectors.toMap(
                                ScopeVolume::platform,
                                volume -> VolumeState.of(scope, volume, run.name(), run.startedAt()))))
                .orElse(Map.of());
    }
}
