package dev.hearth.controller.run;

import dev.hearth.api.CacheScope;
import dev.hearth.api.PipelineRun;
import dev.hearth.cluster.storage.StorageResolver;
import dev.hearth.controller.run.context.RunContext;
import dev.hearth.controller.support.OwnerReferences;
import dev.hearth.controller.support.ScopeNames;
import dev.hearth.pod.build.BuildPod;
import dev.hearth.pod.observe.PodReader;
import io.fabric8.kubernetes.api.model.Pod;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads what a reconciliation of a run needs to know of the cluster, once, from the watches. */
@ApplicationScoped
public class RunContextReader {
    private final StorageResolver storage;

    public RunContextReader(StorageResolver storage) {
        this.storage = storage;
    }

    /**
     * Returns the pods of a run by the names by which it knows them. One that it took and one that it created may have the same:
     * that which has not finished counts.
     */
    static Map<String, Pod> byRole(Stream<Pod> pods) {
        return pods.collect(Collectors.toMap(
                BuildPod::roleOf, Function.identity(), (one, other) -> PodReader.hasFinished(one) ? other : one));
    }

    RunContext read(PipelineRun run, Context<PipelineRun> context) {
        var pods =
                byRole(context.getSecondaryResources(Pod.class).stream().filter(pod -> OwnerReferences.owns(run, pod)));
        var scopes = context.getSecondaryResources(CacheScope.class).stream()
                .filter(scope -> scope.unreadable().isEmpty())
                .collect(Collectors.toMap(scope -> scope.getMetadata().getName(), Function.identity()));
        return RunContext.of(
                run,
                pods,
                ScopeNames.of(run).map(ResourceID::getName).map(scopes::get).orElse(null),
                ScopeNames.seeds(run).map(scopes::get).filter(Objects::nonNull).toList(),
                ScopeNames.named(run).map(scopes::get).filter(Objects::nonNull).toList(),
                RunEventSources.siblings(run, context),
                RunEventSources.readsAll(run, context),
                storage);
    }
}
