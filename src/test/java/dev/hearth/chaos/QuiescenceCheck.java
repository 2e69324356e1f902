package dev.hearth.chaos;

import dev.hearth.api.CacheScope;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.SealedGeneration.State;
import dev.hearth.pod.ObjectLabels;
import dev.hearth.pod.observe.PodReader;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What has to hold once nobody does anything any more. */
record QuiescenceCheck(KubernetesClient client, VolumeModel volumes, WriteObserver writes) {

    /** What still goes on: runs that have not ended, pods, volumes that a run has, seals that nobody knows about yet. */
    List<String> motion() {
        var runs = client.resources(PipelineRun.class).inAnyNamespace().list().getItems().stream()
                .filter(run -> run.getStatus() == null || run.getStatus().finishedAt() == null)
                .map(run -> name(run) + " is "
                        + Optional.ofNullable(run.getStatus())
                                .map(it -> it.steps())
                                .orElse(List.of()));
        var pods = client
                .pods()
                .inAnyNamespace()
                .withLabel(ObjectLabels.MANAGED_BY, ObjectLabels.HEARTH)
                .list()
                .getItems()
                .stream()
                .filter(pod -> !PodReader.hasFinished(pod) || pod.isMarkedForDeletion())
                .map(pod -> name(pod) + " has not ended");
        var kept = scopes().flatMap(scope -> WriteObserver.volumes(scope)
                .filter(volume -> volume.run() != null
                        || volume.generations().stream()
                                .anyMatch(it -> it.state() == State.Candidate || it.state() == State.Leaving))
                .map(volume -> name(scope) + " has " + volume));
        return Stream.of(runs, pods, kept).flatMap(all -> all).toList();
    }

    /** Generations that a status promises and the volume does not hold. */
    List<String> broken() {
        return scopes().flatMap(scope -> WriteObserver.volumes(scope).flatMap(volume -> {
                    var held = volumes.content(uid(scope, volume.claim()));
                    return volume.generations().stream()
                            .filter(generation -> !generation.run().equals(held.get(generation.number())))
                            .map(generation -> name(scope) + " promises generation " + generation.number() + " of run "
                                    + generation.run() + ", and " + volume.claim() + " holds " + held);
                }))
                .toList();
    }

    /** Generations of runs that succeeded which no status has ever listed. */
    List<String> forgotten() {
        var runs = client.resources(PipelineRun.class).inAnyNamespace().list().getItems().stream()
                .collect(Collectors.toMap(QuiescenceCheck::name, Function.identity()));
        return scopes().flatMap(scope -> WriteObserver.volumes(scope)
                        .flatMap(volume -> volumes.content(uid(scope, volume.claim())).entrySet().stream()
                                .filter(held -> !writes.wasListed(scope, volume.claim(), held.getKey()))
                                .filter(held -> succeeded(runs.get(
                                        "PipelineRun " + scope.getMetadata().getNamespace() + "/" + held.getValue())))
                                .map(held -> name(scope) + " has never listed generation " + held)))
                .toList();
    }

    /** What is left with Hearth's label once all pipelines are gone. */
    List<String> orphans() {
        var left = Stream.<List<? extends HasMetadata>>of(
                        client.pods()
                                .inAnyNamespace()
                                .withLabel(ObjectLabels.MANAGED_BY, ObjectLabels.HEARTH)
                                .list()
                                .getItems(),
                        client.persistentVolumeClaims().inAnyNamespace().list().getItems(),
                        client.persistentVolumes().list().getItems(),
                        client.configMaps()
                                .inAnyNamespace()
                                .withLabel(ObjectLabels.MANAGED_BY, ObjectLabels.HEARTH)
                                .list()
                                .getItems(),
                        client.network()
                                .v1()
                                .networkPolicies()
                                .inAnyNamespace()
                                .list()
                                .getItems(),
                        client.resources(CacheScope.class)
                                .inAnyNamespace()
                                .list()
                                .getItems(),
                        client.resources(PipelineRun.class)
                                .inAnyNamespace()
                                .list()
                                .getItems())
                .flatMap(List::stream)
                .map(QuiescenceCheck::name);
        return Stream.concat(left, volumes.all().stream()).toList();
    }

    private Stream<CacheScope> scopes() {
        return client.resources(CacheScope.class).inAnyNamespace().list().getItems().stream();
    }

    private String uid(CacheScope scope, String claim) {
        return Optional.ofNullable(client.persistentVolumeClaims()
                        .inNamespace(scope.getMetadata().getNamespace())
                        .withName(claim)
                        .get())
                .map(it -> it.getMetadata().getUid())
                .orElse("");
    }

    private static boolean succeeded(@Nullable PipelineRun run) {
        return run != null && run.getStatus() != null && run.getStatus().phase() == Phase.Succeeded;
    }

    private static String name(HasMetadata object) {
        return object.getKind() + " " + object.getMetadata().getNamespace() + "/"
                + object.getMetadata().getName();
    }
}
