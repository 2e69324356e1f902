package dev.hearth.core.run;

import dev.hearth.api.Reason;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.Failure;
import dev.hearth.api.StepStatus.State;
import dev.hearth.core.buildcache.CacheMount;
import dev.hearth.core.isolation.UserNamespaceUse;
import dev.hearth.core.plan.Names;
import dev.hearth.core.plan.Step;
import dev.hearth.core.status.StatusReason;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Starts steps whose needs have all passed: adds the action to the state, and returns the step's status. */
record StepStarter(RunFacts facts, RunState state, ConcurrencyLimit limit) {

    StepStatus start(Step step, StepStatusFactory factory) {
        return switch (step) {
            case Step.Build build -> build(build, factory);
            case Step.Task task -> task(task, factory);
            case Step.Index index -> {
                var digests = digests(index);
                var missing = index.needs().stream()
                        .filter(build -> state.status(build).digest() == null)
                        .toList();
                if (!missing.isEmpty()) {
                    yield rejected(
                            factory,
                            Reason.PushFailed,
                            "no digest is known of " + String.join(", ", missing)
                                    + ", so the image would lack it: the kubelet"
                                    + " keeps little of what each container of a large pod reports, so use fewer builds");
                }
                yield start(factory, new Action.StartImagePublish(index, factory.attempt(), digests));
            }
            case Step.MatrixReader reader ->
                artifacts()
                        .mount(reader)
                        .map(mount -> artifacts()
                                .lost(List.of(mount))
                                .map(why -> rejected(factory, why))
                                .orElseGet(() -> start(
                                        factory,
                                        userNamespace(step, List.of(mount)),
                                        own -> new Action.StartMatrixReader(reader, factory.attempt(), mount, own))))
                        .orElseGet(() -> rejected(
                                factory,
                                Reason.ListFileNotFound,
                                "artifact " + reader.artifact() + " has no files, so the file " + reader.file()
                                        + " is missing"));
            case Step.ArtifactUpload upload -> upload(upload, factory);
        };
    }

    private StepStatus build(Step.Build build, StepStatusFactory factory) {
        if (isVolumeBusy(build, factory)) {
            return factory.pending(
                    Reason.WaitingForBuilds,
                    "waiting for other builds of this platform: the cache volume is in use by their pod until they finish");
        }
        var volume = facts.volumes()
                .getOrDefault(
                        build.platform(),
                        new VolumeState.Awaited(
                                new StatusReason(Reason.PreparingVolume, "preparing the cache volume")));
        return switch (volume) {
            case VolumeState.Granted(CacheMount cache) -> {
                var warm = cache.warm();
                if (warm.isPresent() && factory.attempt() > 1) {
                    // It was made for the first attempt.
                    state.add(new Action.EndWarmPod(warm.get()));
                    var why = VolumeState.ending(warm.get());
                    yield factory.pending(why.reason(), why.message());
                }
                var all = facts.plan().buildsFor(build.platform());
                var together = all.stream()
                        .filter(other -> facts.attempt(other) == factory.attempt() && isOpen(other))
                        .toList();
                var skipped = all.stream()
                        .filter(other -> warm.isPresent() && !together.contains(other))
                        .toList();
                yield start(
                        factory, new Action.StartBuilds(build.platform(), factory.attempt(), cache, together, skipped));
            }
            case VolumeState.Awaited(StatusReason why) -> factory.pending(why.reason(), why.message());
            case VolumeState.Refused(StatusReason why) -> rejected(factory, why);
        };
    }

    /** Whether builds of the same platform at another attempt use the volume. Builds at an earlier attempt go first. */
    private boolean isVolumeBusy(Step.Build build, StepStatusFactory factory) {
        var others = facts.plan().buildsFor(build.platform()).stream()
                .filter(other -> facts.attempt(other) != factory.attempt())
                .toList();
        var latest = others.stream().mapToInt(facts::attempt).max().orElse(0);
        return IntStream.rangeClosed(1, Math.max(latest, factory.attempt()))
                        .filter(attempt -> attempt != factory.attempt())
                        .mapToObj(attempt -> Names.buildPod(facts.run(), build.platform(), attempt))
                        .anyMatch(facts.alive()::contains)
                || (!isStarting(build)
                        && others.stream()
                                .filter(this::isOpen)
                                .anyMatch(other -> facts.attempt(other) < factory.attempt() || isStarting(other)));
    }

    private boolean isStarting(Step.Build build) {
        return facts.recorded(build.name())
                .filter(status -> status.has(Reason.Starting) || status.state() == State.Running)
                .isPresent();
    }

    /** Whether a build still has to run: it has not finished, has not failed, and no artifact can be reused instead. */
    private boolean isOpen(Step.Build build) {
        var ended = facts.recorded(build.name())
                .map(status -> status.state().isFinal())
                .orElse(false);
        return !ended
                && switch (facts.observed(build.name())) {
                    case Observation.Reusable _, Observation.Broken _ -> false;
                    case Observation.Absent _,
                            Observation.Waiting _,
                            Observation.Running _,
                            Observation.Reading _,
                            Observation.Done _,
                            Observation.Unknown _,
                            Observation.Listed _ -> true;
                };
    }

    private StepStatus task(Step.Task task, StepStatusFactory factory) {
        var image = image(task);
        if (image.isEmpty()) {
            return rejected(
                    factory,
                    Reason.ImageNotPushed,
                    "imageFrom names an image that this run has not pushed: runs of untrusted refs push no images,"
                            + " and runs of trusted refs do only if push.refs names the ref");
        }
        var unavailable = task.writesVolume()
                ? facts.unavailableTaskCaches().get(task.spec().os())
                : null;
        if (unavailable != null) {
            var why = unavailable.why();
            return unavailable.permanent() ? rejected(factory, why) : factory.pending(why.reason(), why.message());
        }
        var mounts = artifacts().mounts(task);
        var lost = artifacts().lost(mounts);
        if (lost.isPresent()) {
            return rejected(factory, lost.get());
        }
        var use = userNamespace(task, mounts);
        // A task that cannot start yet does not take a slot from one that can.
        return Optional.of(use)
                .filter(UserNamespaceUse::startsPod)
                .flatMap(_ -> limit.acquire(task))
                .map(why -> factory.pending(Reason.ConcurrencyLimited, why))
                .orElseGet(() -> start(
                        factory,
                        use,
                        own -> new Action.StartTask(task, factory.attempt(), image.get(), mounts, own, false)));
    }

    private Optional<String> image(Step.Task task) {
        var built = task.spec().imageFrom();
        if (built == null) {
            return Optional.ofNullable(task.spec().image());
        }
        return facts.plan()
                .builds()
                .filter(build -> build.builds(built))
                .flatMap(build -> Optional.ofNullable(build.push())
                        .map(push -> push.repository())
                        .flatMap(repository -> Optional.ofNullable(
                                        state.status(build.name()).digest())
                                .map(digest -> repository + "@" + digest))
                        .stream())
                .findFirst();
    }

    private StepStatus upload(Step.ArtifactUpload upload, StepStatusFactory factory) {
        var files = artifacts().find(upload.of()).orElse(null);
        if (files == null) {
            return factory.succeededWithoutPod(facts.now(), "there are no files to upload");
        }
        var lost = artifacts().lost(List.of(new ArtifactMount("", Optional.of(files))));
        if (lost.isPresent()) {
            return rejected(factory, lost.get());
        }
        return start(
                factory,
                userNamespace(upload, List.of()),
                own -> new Action.StartArtifactUpload(upload, factory.attempt(), files, own));
    }

    private ArtifactFinder artifacts() {
        return new ArtifactFinder(facts, state);
    }

    private UserNamespaceUse userNamespace(Step step, List<ArtifactMount> mounts) {
        return UserNamespaceConflict.of(step, mounts)
                .map(facts.userNamespaces()::decide)
                .orElseGet(UserNamespaceUse.Inapplicable::new);
    }

    /** Starts a pod with or without a user namespace, once it is known which. */
    private StepStatus start(StepStatusFactory factory, UserNamespaceUse use, Function<Boolean, Action> action) {
        state.add(use);
        return switch (use) {
            case UserNamespaceUse.Own _ -> start(factory, action.apply(true));
            case UserNamespaceUse.Shared _, UserNamespaceUse.Inapplicable _ -> start(factory, action.apply(false));
            case UserNamespaceUse.Awaited(StatusReason why) -> factory.pending(why.reason(), why.message());
            case UserNamespaceUse.Refused(StatusReason why) -> rejected(factory, why);
        };
    }

    /** A pod whose creation was rejected keeps that reason until the result of the next creation is known. */
    private StepStatus start(StepStatusFactory factory, Action action) {
        state.add(action);
        return facts.recorded(factory.step().name())
                .filter(before -> before.has(Reason.CreationRejected))
                .map(before -> factory.pending(Reason.CreationRejected, String.valueOf(before.message())))
                .orElseGet(() -> factory.pending(Reason.Starting, "creating the pod"));
    }

    private StepStatus rejected(StepStatusFactory factory, Reason reason, String message) {
        return rejected(factory, new StatusReason(reason, message));
    }

    private StepStatus rejected(StepStatusFactory factory, StatusReason why) {
        return factory.failed(why, Failure.Setup, facts.now());
    }

    private Map<String, String> digests(Step.Index index) {
        var digests = new LinkedHashMap<String, String>();
        facts.plan()
                .builds()
                .filter(build -> index.needs().contains(build.name()))
                .forEach(build -> {
                    var digest = state.status(build.name()).digest();
                    if (digest != null) {
                        digests.put(build.platform(), digest);
                    }
                });
        return digests;
    }
}
