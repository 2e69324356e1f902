package dev.hearth.controller.scope;

import dev.hearth.api.CacheScope;
import dev.hearth.api.DirectoryVolume;
import dev.hearth.api.Os;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.StepStatus;
import dev.hearth.cluster.OwnedObjects;
import dev.hearth.controller.support.Attempts;
import dev.hearth.controller.support.Owners;
import dev.hearth.core.cache.DirectoryDecider;
import dev.hearth.core.cache.DirectoryFacts;
import dev.hearth.core.cache.Sizes;
import dev.hearth.core.cache.StorageChoice;
import dev.hearth.core.plan.Names;
import dev.hearth.pod.Claims;
import dev.hearth.pod.Directories;
import dev.hearth.pod.DirectoryNote;
import dev.hearth.pod.PodReader;
import dev.hearth.pod.PodRun;
import dev.hearth.report.DirectoryReports;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The volumes with a scope's directories of tasks: makes their claims, and decides what is kept on them. */
@ApplicationScoped
public class DirectoryVolumes {
    private final OwnedObjects objects;
    private final Clock clock;

    public DirectoryVolumes(OwnedObjects objects, Clock clock) {
        this.objects = objects;
        this.clock = clock;
    }

    /** One for each operating system that the scope's spec names, or named. */
    List<DirectoryVolume> of(CacheScope scope, StorageChoice storage, Context<CacheScope> context, Attempts attempts) {
        var claims = context.getSecondaryResources(PersistentVolumeClaim.class).stream()
                .filter(Claims::isOfDirectories)
                .collect(Collectors.toMap(claim -> claim.getMetadata().getName(), Function.identity()));
        var pods = context.getSecondaryResources(Pod.class).stream()
                .flatMap(pod -> pod(pod).stream())
                .toList();
        var runs = runs(context.getSecondaryResources(PipelineRun.class));
        return Stream.concat(
                        scope.getSpec().directories().stream(),
                        scope.directories().stream().map(DirectoryVolume::os))
                .distinct()
                .map(os -> decide(scope, os, storage, claims, pods, runs, attempts))
                .toList();
    }

    Optional<Duration> lookAgain(List<DirectoryVolume> decided) {
        return decided.stream()
                .flatMap(volume -> DirectoryDecider.lookAgain(volume, clock.instant()).stream())
                .min(Duration::compareTo);
    }

    private DirectoryVolume decide(
            CacheScope scope,
            Os os,
            StorageChoice storage,
            Map<String, PersistentVolumeClaim> claims,
            List<DirectoryFacts.DirectoryPod> pods,
            Map<String, DirectoryFacts.Steps> runs,
            Attempts attempts) {
        var name = Names.directories(scope.getMetadata().getName(), os);
        @Nullable PersistentVolumeClaim claim = claims.get(name);
        if (claim == null) {
            attempts.run(() -> objects.create(Claims.directories(
                    scope.getMetadata().getNamespace(),
                    scope.getSpec().pipeline(),
                    scope.getMetadata().getName(),
                    os,
                    name,
                    storage,
                    Owners.controller(scope))));
        }
        var uid = Optional.ofNullable(claim)
                .filter(it -> Owners.owns(scope, it) && !it.isMarkedForDeletion())
                .map(it -> it.getMetadata().getUid());
        var known = scope.directories().stream()
                .filter(volume -> volume.os() == os)
                .findFirst()
                .orElseGet(() -> DirectoryVolume.unused(os, name));
        var size = Sizes.kib(storage.size());
        return new DirectoryDecider(new DirectoryFacts(known, uid, pods, runs, size, clock.instant())).decide();
    }

    private static Map<String, DirectoryFacts.Steps> runs(Collection<PipelineRun> runs) {
        return runs.stream()
                .filter(run -> run.getStatus() != null && run.getStatus().commit() != null)
                .collect(Collectors.toMap(run -> run.getMetadata().getName(), DirectoryVolumes::steps));
    }

    private static DirectoryFacts.Steps steps(PipelineRun run) {
        var status = run.getStatus();
        return new DirectoryFacts.Steps(
                String.valueOf(status.commit()),
                status.finishedAt() != null,
                status.steps().stream().collect(Collectors.toMap(StepStatus::name, Function.identity())));
    }

    /** A pod that no run controls has been given our notes by somebody else. */
    private static Optional<DirectoryFacts.DirectoryPod> pod(Pod pod) {
        return PodRun.of(pod)
                .flatMap(run -> DirectoryNote.read(pod)
                        .map(use -> new DirectoryFacts.DirectoryPod(
                                run,
                                use,
                                Instant.parse(pod.getMetadata().getCreationTimestamp()),
                                PodReader.isOver(pod) ? Optional.of(PodReader.finishedAt(pod)) : Optional.empty(),
                                PodReader.lastWords(pod, Directories.CONTAINER).flatMap(DirectoryReports::read))));
    }
}
