package dev.hearth.controller.support;

import dev.hearth.api.CacheScope;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.ScopeVolume;
import dev.hearth.core.buildcache.WarmPodDecider.Wanted;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Optional;
import java.util.function.Supplier;

/** Plans pods that wait with a running daemon for the next run of a ref, which are made as the build pods of runs are. */
public interface WarmPodPlanner {

    /**
     * A pod that is to wait on a volume.
     *
     * @param pod builds it; empty if the pipeline may not use a Secret that it names
     */
    record Planned(Wanted wanted, Supplier<Optional<Pod>> pod) {}

    /**
     * Returns the pod that is to wait for the next run. Empty if runs may not create it.
     *
     * @param last the last run of the ref: the next one is expected to be like it
     * @param volume as the next run is to have it
     */
    Optional<Planned> plan(PipelineRun last, CacheScope scope, ScopeVolume volume);

    /**
     * Returns the fingerprint that a pod must have which the run can take. Empty if the run creates no pod on the volume.
     *
     * @param volume as the run has it
     */
    Optional<String> fingerprint(PipelineRun run, CacheScope scope, ScopeVolume volume);
}
