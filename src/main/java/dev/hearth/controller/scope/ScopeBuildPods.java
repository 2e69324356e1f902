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
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The build pods of a scope: who mounts its volumes, and what those that are over have left. */
record ScopeBuildPods(Collection<Pod> pods) {

    /** A pod that no run controls has been given our labels by somebody else; one without a platform is a task's. */
    ScopeBuildPods {
        pods = pods.stream()
                .filter(pod -> PodRun.of(pod).isPresent()
                        && !ObjectLabels.platform(pod).isEmpty())
                .toList();
    }

    /** Runs whose pods may still write, by platform. */
    Map<String, Set<String>> mounted() {
        return pods.stream()
                .filter(pod -> !PodReader.isOver(pod))
                .collect(Collectors.groupingBy(
                        ObjectLabels::platform, Collectors.mapping(ScopeBuildPods::run, Collectors.toSet())));
    }

    /** The same, with what another look at the pods showed: a volume passes on only once neither shows it in use. */
    Map<String, Set<String>> mountedHereOr(ScopeBuildPods there) {
        return Stream.of(mounted(), there.mounted())
                .flatMap(mounted -> mounted.entrySet().stream())
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        Map.Entry::getValue,
                        (here, also) ->
                                Stream.concat(here.stream(), also.stream()).collect(Collectors.toSet())));
    }

    /** Pods of the run that has a volume which have no node yet, and were made for another seed than its own. */
    List<Pod> outdated(ScopeVolume volume) {
        var seed = volume.seed();
        return pods.stream()
                .filter(pod -> !PodReader.isOver(pod) && pod.getSpec().getNodeName() == null)
                .filter(pod -> ObjectLabels.platform(pod).equals(volume.platform()) && run(pod).equals(volume.run()))
                .filter(pod -> seed != null && !BuildPod.seedOf(pod).equals(seed.id()))
                .toList();
    }

    /** The pod of a run that is over. */
    Optional<FinishedBuildPod> ended(String platform, String run) {
        return pods.stream()
                .filter(pod ->
                        PodReader.isOver(pod) && ObjectLabels.platform(pod).equals(platform) && run(pod).equals(run))
                .findFirst()
                .map(ScopeBuildPods::ended);
    }

    /** What the daemon of the run that used a volume last has measured. */
    DaemonTimings measured(ScopeVolume volume) {
        var last = volume.lastUse();
        return pods.stream()
                .filter(pod -> last != null && PodReader.isOver(pod) && run(pod).equals(last.run()))
                .filter(pod -> ObjectLabels.platform(pod).equals(volume.platform()))
                .findFirst()
                .map(pod -> PodReader.terminationMessage(pod, BuildPod.DAEMON)
                        .flatMap(VolumeReportReader::read)
                        .map(DaemonTimings::of)
                        .orElse(DaemonTimings.UNREPORTED))
                .orElse(DaemonTimings.NOTHING);
    }

    /** When a daemon last ended without a report, as one does that cannot work here. */
    Instant failed() {
        return pods.stream()
                .filter(PodReader::isOver)
                .map(ScopeBuildPods::ended)
                .filter(ended -> !ended.succeeded() && ended.report().isEmpty())
                .map(FinishedBuildPod::at)
                .max(Comparator.naturalOrder())
                .orElse(Instant.EPOCH);
    }

    private static FinishedBuildPod ended(Pod pod) {
        return new FinishedBuildPod(
                run(pod),
                ServerTimes.bound(pod, PodReader.finishedAt(pod)),
                "Succeeded".equals(pod.getStatus().getPhase()),
                PodReader.terminationMessage(pod, BuildPod.DAEMON).flatMap(VolumeReportReader::read),
                cached(pod));
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
