package dev.hearth.core.buildcache;

import dev.hearth.api.BuiltCompletely;
import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.GenerationRef;
import dev.hearth.api.ScopeVolume;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The facts from which {@link VolumeDecider} decides one volume. For a volume that {@link ScopeVolume#dependsOnOthers},
 * {@code sources}, {@code existing} and {@code pinned} are as the API server shows them after that was recorded.
 *
 * @param before the volume as recorded in the scope's status
 * @param claim name of the claim for the isolation of a new holder's builds
 * @param uid of the recorded claim; empty if the claim does not exist or cannot be used
 * @param holder name of the run that holds the volume from now on
 * @param number of the generation that this run may seal
 * @param runs of the scope, by name
 * @param finishedPod the build pod of the run that held the volume, if it has finished
 * @param sources possible seeds for the holder, best first
 * @param existing all generations that exist in the namespace and are not about to be deleted
 * @param pinned numbers of this volume's generations that another volume or generation needs
 * @param rollbackTo {@code spec.rollbackTo} of the scope
 * @param defaultRecipe recipe hash of the default branch's newest generation
 * @param size that the policy sets for the volume, in KiB
 */
@BuiltCompletely
public record VolumeFacts(
        ScopeVolume before,
        String claim,
        Optional<String> uid,
        Optional<String> holder,
        int number,
        Map<String, VolumeRun> runs,
        Optional<FinishedBuildPod> finishedPod,
        List<SeedSource> sources,
        Set<GenerationRef> existing,
        Set<Integer> pinned,
        Optional<Integer> rollbackTo,
        Optional<String> defaultRecipe,
        CachePolicySpec policy,
        long size,
        SeedChoice.Constraints constraints)
        implements VolumeFactsBuilder.With {

    /** Returns the facts of a volume that has lost its claim, and with it the state and report of the last run. */
    VolumeFacts without(ScopeVolume lost) {
        return withBefore(lost).withFinishedPod(Optional.empty());
    }
}
