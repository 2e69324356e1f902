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
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Starts a step whose needs are met. */
record StepStarter(
        RunFacts facts,
        ConcurrencyLimit turns,
        Function<String, StepStatus> statuses,
        Consumer<Action> actions,
        Consumer<UserNamespaceUse> users) {

    StepStatus start(Step step, StepStatusFactory outcome) {
        var artifacts = new ArtifactLocations(facts.run(), facts.plan(), statuses);
        return switch (step) {
            case Step.Build build -> build(build, outcome);
            case Step.Task task -> task(task, outcome, artifacts);
            case Step.Index index -> {
                actions.accept(new Action.PublishIndex(index, digests(index)));
                var since =
                        facts.recorded(index.name()).map(StepStatus::startedAt).map(Instant::parse);
                yield outcome.running(since.orElse(facts.now()), Optional.empty());
            }
            case Step.MatrixReader listing ->
                artifacts
                        .mount(listing)
                        .map(mount -> start(
                                outcome,
                                users(step, List.of(mount)),
                                own -> new Action.StartMatrixReader(listing, outcome.attempts(), mount, own)))
                        .orElseGet(() -> refused(
                                outcome,
                                Reason.ListFileNotFound,
                                "artifact " + listing.artifact() + " has no files, so there is no " + listing.file()));
            case Step.ArtifactUpload publication -> publish(publication, outcome, artifacts);
        };
    }

    private StepStatus build(Step.Build build, StepStatusFactory outcome) {
        if (isVolumeBusy(build, outcome)) {
            return outcome.pending(
                    Reason.WaitingForBuilds,
                    "waits for the other builds of its platform: their pod has the cache volume, alone, until they end");
        }
        var volume = facts.volumes()
                .getOrDefault(
                        build.platform(),
                        new VolumeState.Awaited(
                                new StatusReason(Reason.PreparingVolume, "the cache volume is being prepared")));
        return switch (volume) {
            case VolumeState.Granted(CacheMount cache) -> {
                var together = facts.plan().buildsFor(build.platform()).stream()
                        .filter(other -> facts.attempt(other) == outcome.attempts() && isOpen(other))
                        .toList();
                yield start(outcome, new Action.StartBuilds(build.platform(), outcome.attempts(), cache, together));
            }
            case VolumeState.Awaited(StatusReason why) -> outcome.pending(why.reason(), why.message());
            case VolumeState.Refused(StatusReason why) -> refused(outcome, why.reason(), why.message());
        };
    }

    /** Whether builds of the same platform at another attempt have their turn: those at the earliest go first. */
    private boolean isVolumeBusy(Step.Build build, StepStatusFactory outcome) {
        var others = facts.plan().buildsFor(build.platform()).stream()
                .filter(other -> facts.attempt(other) != outcome.attempts())
                .toList();
        var latest = others.stream().mapToInt(facts::attempt).max().orElse(0);
        return IntStream.rangeClosed(1, Math.max(latest, outcome.attempts()))
                        .filter(attempt -> attempt != outcome.attempts())
                        .mapToObj(attempt -> Names.buildPod(facts.run(), build.platform(), attempt))
                        .anyMatch(facts.alive()::contains)
                || (!isStarting(build)
                        && others.stream()
                                .filter(this::isOpen)
                                .anyMatch(other -> facts.attempt(other) < outcome.attempts() || isStarting(other)));
    }

    private boolean isStarting(Step.Build build) {
        return facts.recorded(build.name())
                .filter(status -> status.has(Reason.Starting) || status.state() == State.Running)
                .isPresent();
    }

    /** Neither ended, nor refused, nor to be had without building. */
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

    private StepStatus task(Step.Task task, StepStatusFactory outcome, ArtifactLocations artifacts) {
        var image = image(task);
        if (image.isEmpty()) {
            return refused(
                    outcome,
                    Reason.ImageNotPushed,
                    "imageFrom names an image that this run has not pushed: runs of untrusted refs push nothing,"
                            + " and runs of others only where push.refs names the ref");
        }
        var missing = task.spec().caches().isEmpty()
                ? null
                : facts.missing().get(task.spec().os());
        if (missing != null) {
            var why = missing.why();
            return missing.permanent()
                    ? refused(outcome, why.reason(), why.message())
                    : outcome.pending(why.reason(), why.message());
        }
        var mounts = artifacts.mounts(task);
        var use = users(task, mounts);
        // What cannot start takes no turn of what can.
        return Optional.of(use)
                .filter(UserNamespaceUse::startsPod)
                .flatMap(_ -> turns.acquire(task))
                .map(why -> outcome.pending(Reason.ConcurrencyLimited, why))
                .orElseGet(() -> start(
                        outcome, use, own -> new Action.StartTask(task, outcome.attempts(), image.get(), mounts, own)));
    }

    private Optional<String> image(Step.Task task) {
        var built = task.spec().imageFrom();
        if (built == null) {
            return Optional.ofNullable(task.spec().image());
        }
        return facts.plan()
                .builds()
                .filter(build -> build.makes(built))
                .flatMap(build -> Optional.ofNullable(build.push())
                        .map(push -> push.repository())
                        .flatMap(repository -> Optional.ofNullable(
                                        statuses.apply(build.name()).digest())
                                .map(digest -> repository + "@" + digest))
                        .stream())
                .findFirst();
    }

    /** What another run has published already is published; of no files nothing is. */
    private StepStatus publish(
            Step.ArtifactUpload publication, StepStatusFactory outcome, ArtifactLocations artifacts) {
        var files = artifacts.find(publication.of()).orElse(null);
        if (files == null) {
            return outcome.made(facts.now(), "there are no files to publish");
        }
        return start(
                outcome,
                users(publication, List.of()),
                own -> new Action.StartArtifactUpload(publication, outcome.attempts(), files, own));
    }

    private UserNamespaceUse users(Step step, List<ArtifactMount> mounts) {
        return UserNamespaceConflict.of(step, mounts)
                .map(facts.users()::decide)
                .orElseGet(UserNamespaceUse.Inapplicable::new);
    }

    /** With a user namespace or without, or not before that is known. */
    private StepStatus start(StepStatusFactory outcome, UserNamespaceUse use, Function<Boolean, Action> action) {
        users.accept(use);
        return switch (use) {
            case UserNamespaceUse.Own _ -> start(outcome, action.apply(true));
            case UserNamespaceUse.Shared _, UserNamespaceUse.Inapplicable _ -> start(outcome, action.apply(false));
            case UserNamespaceUse.Awaited(StatusReason why) -> outcome.pending(why.reason(), why.message());
            case UserNamespaceUse.Refused(StatusReason why) -> refused(outcome, why.reason(), why.message());
        };
    }

    /** One that was refused before says so until it is known what comes of this try. */
    private StepStatus start(StepStatusFactory outcome, Action action) {
        actions.accept(action);
        return facts.recorded(outcome.step().name())
                .filter(before -> before.has(Reason.CreationRejected))
                .map(before -> outcome.pending(Reason.CreationRejected, String.valueOf(before.message())))
                .orElseGet(() -> outcome.pending(Reason.Starting, "its pod is being created"));
    }

    private StepStatus refused(StepStatusFactory outcome, Reason reason, String message) {
        return outcome.ended(
                State.Failed, new StatusReason(reason, message), Failure.Setup, Optional.empty(), facts.now());
    }

    private Map<String, String> digests(Step.Index index) {
        var digests = new LinkedHashMap<String, String>();
        facts.plan()
                .builds()
                .filter(build -> index.needs().contains(build.name()))
                .forEach(build -> {
                    var digest = statuses.apply(build.name()).digest();
                    if (digest != null) {
                        digests.put(build.platform(), digest);
                    }
                });
        return digests;
    }
}
