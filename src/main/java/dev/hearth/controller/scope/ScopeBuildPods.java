package dev.hearth.controller.scope;

import dev.hearth.api.ScopeVolume;
import dev.hearth.buildkit.SolveReportReader;
import dev.hearth.buildkit.VolumeReportReader;
import dev.hearth.core.buildcache.FinishedBuildPod;
import dev.hearth.core.metrics.DaemonTimings;
import dev.hearth.pod.ObjectLabels;
import dev.hearth.pod.PodRun;
import dev.hearth.pod.build.BuildPod;
import dev.hearth.pod.observe.PodReader;
import dev.hearth.pod.observe.ServerTimes;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The build pods of a scope: which runs mount its volumes, and what finished pods reported. */
record ScopeBuildPods(Collection<Pod> pods) {
    /** No attempt follows one that has succeeded, and each starts after the former one has ended. */
    private static final Comparator<Pod> LAST_ATTEMPT = Comparator.comparing(ScopeBuildPods::succeeded)
            .thenComparing(
                    pod -> pod.getMetadata().getCreationTimestamp(), Comparator.nullsFirst(Comparator.naturalOrder()));

    /**
     * Drops pods that no run controls, whose labels a user has copied, and pods without a platform, which are of tasks.
     */
    ScopeBuildPods {
        pods = pods.stream()
                .filter(pod -> PodRun.of(pod).isPresent()
                        && !ObjectLabels.platform(pod).isEmpty())
                .toList();
    }

    /** Returns the runs whose pods may still write, by platform. */
    Map<String, Set<String>> mounted() {
        return byPlatform(unfinished());
    }

    /**
     * Returns the runs that keep their volumes by what either list shows, by platform. A pod that has finished there keeps
     * its volume until it has finished here too: what it reports, such as a sealed generation, is read from here.
     */
    Map<String, Set<String>> mountedHereOr(ScopeBuildPods there) {
        var finishedHere = pods.stream()
                .filter(PodReader::hasFinished)
                .map(ScopeBuildPods::uid)
                .collect(Collectors.toSet());
        return byPlatform(Stream.of(
                        unfinished(),
                        there.unfinished(),
                        there.pods.stream().filter(pod -> !finishedHere.contains(uid(pod))))
                .flatMap(Function.identity()));
    }

    private Stream<Pod> unfinished() {
        return pods.stream().filter(pod -> !PodReader.hasFinished(pod));
    }

    private static Map<String, Set<String>> byPlatform(Stream<Pod> pods) {
        return pods.collect(Collectors.groupingBy(
                ObjectLabels::platform, Collectors.mapping(ScopeBuildPods::run, Collectors.toSet())));
    }

    private static String uid(Pod pod) {
        return pod.getMetadata().getUid();
    }

    /**
     * Returns pods of the volume's holder that have no node yet and were created for another seed than the volume's.
     */
    List<Pod> outdated(ScopeVolume volume) {
        var seed = volume.seed();
        return pods.stream()
                .filter(pod -> !PodReader.hasFinished(pod) && pod.getSpec().getNodeName() == null)
                .filter(pod -> ObjectLabels.platform(pod).equals(volume.platform()) && run(pod).equals(volume.run()))
                .filter(pod -> seed != null && !BuildPod.seedOf(pod).equals(seed.id()))
                .toList();
    }

    /**
     * Returns the finished pod of a run: of several, that of the last attempt. Those before were lost with what they did,
     * while the last one may have sealed a generation. Empty if the run has none, or it has not finished.
     */
    Optional<FinishedBuildPod> finished(String platform, String run) {
        return lastFinished(platform, run).map(ScopeBuildPods::finished);
    }

    private Optional<Pod> lastFinished(String platform, String run) {
        return pods.stream()
                .filter(pod -> PodReader.hasFinished(pod)
                        && ObjectLabels.platform(pod).equals(platform)
                        && run(pod).equals(run))
                .max(LAST_ATTEMPT);
    }

    /** Returns the timings that the daemon of the volume's last run reported. */
    DaemonTimings measured(ScopeVolume volume) {
        return Optional.ofNullable(volume.lastUse())
                .flatMap(last -> lastFinished(volume.platform(), last.run()))
                .map(pod -> PodReader.terminationMessage(pod, BuildPod.DAEMON)
                        .flatMap(VolumeReportReader::read)
                        .map(DaemonTimings::of)
                        .orElse(DaemonTimings.UNREPORTED))
                .orElse(DaemonTimings.NOTHING);
    }

    /** Returns when a daemon last ended without a report, as it does where the isolation does not work. */
    Instant lastFailure() {
        return pods.stream()
                .filter(PodReader::hasFinished)
                .map(ScopeBuildPods::finished)
                .filter(finished -> !finished.succeeded() && finished.report().isEmpty())
                .map(FinishedBuildPod::at)
                .max(Comparator.naturalOrder())
                .orElse(Instant.EPOCH);
    }

    private static FinishedBuildPod finished(Pod pod) {
        return new FinishedBuildPod(
                run(pod),
                ServerTimes.bound(pod, PodReader.finishedAt(pod)),
                succeeded(pod),
                PodReader.terminationMessage(pod, BuildPod.DAEMON).flatMap(VolumeReportReader::read),
                cached(pod));
    }

    private static boolean succeeded(Pod pod) {
        return "Succeeded".equals(pod.getStatus().getPhase());
    }

    private static Optional<String> cached(Pod pod) {
        var results = pod.getSpec().getContainers().stream()
                .flatMap(container -> PodReader.terminationMessage(pod, container.getName()).stream())
                .flatMap(message -> SolveReportReader.read(message).stream())
                .toList();
        var cached = results.stream()
                .mapToInt(result -> Objects.requireNonNullElse(result.cached(), 0))
                .sum();
        var executed = results.stream()
                .mapToInt(result -> Objects.requireNonNullElse(result.executed(), 0))
                .sum();
        return results.isEmpty() ? Optional.empty() : Optional.of(cached + "/" + (cached + executed));
    }

    private static String run(Pod pod) {
        return PodRun.of(pod).orElseThrow();
    }
}
