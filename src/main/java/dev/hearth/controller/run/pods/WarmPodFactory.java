package dev.hearth.controller.run.pods;

import dev.hearth.api.CacheScope;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.ScopeVolume;
import dev.hearth.cluster.storage.StorageResolver;
import dev.hearth.controller.access.PodRuleResolver;
import dev.hearth.controller.run.context.RunContext;
import dev.hearth.controller.support.OwnerReferences;
import dev.hearth.controller.support.RunIndex;
import dev.hearth.controller.support.WarmPodPlanner;
import dev.hearth.core.buildcache.CacheMount;
import dev.hearth.core.buildcache.WarmPodDecider.Wanted;
import dev.hearth.core.plan.Names;
import dev.hearth.core.run.Action;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Plans pods that wait for a run as {@link BuildPodFactory} builds those of runs. */
@ApplicationScoped
public class WarmPodFactory implements WarmPodPlanner {
    private final BuildPodFactory builds;
    private final PodSecretCheck secrets;
    private final PodRuleResolver rules;
    private final StorageResolver storage;
    private final RunIndex runs;

    public WarmPodFactory(
            BuildPodFactory builds,
            PodSecretCheck secrets,
            PodRuleResolver rules,
            StorageResolver storage,
            RunIndex runs) {
        this.builds = builds;
        this.secrets = secrets;
        this.rules = rules;
        this.storage = storage;
        this.runs = runs;
    }

    @Override
    public Optional<Planned> plan(PipelineRun last, CacheScope scope, ScopeVolume volume) {
        var run = context(last, scope);
        return start(run, volume).filter(start -> isAllowed(run, start)).map(start -> {
            var fingerprint = builds.fingerprint(run, start);
            var wanted = new Wanted(Names.warmPod(volume.claim(), run.uid(), fingerprint), fingerprint);
            return new Planned(
                    wanted,
                    () -> secrets.refusal(run, builds.build(run, start, run.startedAt()))
                                    .isPresent()
                            ? Optional.empty()
                            : Optional.of(builds.warm(
                                    run, start, wanted.name(), fingerprint, OwnerReferences.controller(scope))));
        });
    }

    @Override
    public Optional<String> fingerprint(PipelineRun run, CacheScope scope, ScopeVolume volume) {
        var context = context(run, scope);
        return start(context, volume).map(start -> builds.fingerprint(context, start));
    }

    private static Optional<Action.StartBuilds> start(RunContext run, ScopeVolume volume) {
        var together = run.plan().buildsFor(volume.platform());
        return volume.seed() == null || volume.isolation() == null || together.isEmpty()
                ? Optional.empty()
                : Optional.of(new Action.StartBuilds(volume.platform(), 1, CacheMount.of(volume), together, List.of()));
    }

    private boolean isAllowed(RunContext run, Action.StartBuilds start) {
        var allowed = rules.resolve(run.spec().cache().policy(), run.namespace(), run.trust());
        return start.builds().stream().allMatch(build -> allowed.refusal(build).isEmpty());
    }

    private RunContext context(PipelineRun run, CacheScope scope) {
        return RunContext.of(
                run,
                Map.of(),
                scope,
                List.of(),
                List.of(),
                runs.siblings(run),
                runs.readsAll(run.namespace()),
                storage);
    }
}
