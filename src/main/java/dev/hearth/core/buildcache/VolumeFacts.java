package dev.hearth.core.buildcache;

import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.GenerationRef;
import dev.hearth.api.ScopeVolume;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * All that a decision about one volume is made from.
 *
 * @param claim of a volume of the isolation that a new holder's builds have
 * @param uid of the claim that the volume has had until now; empty if it has none, or none that can be used
 * @param holder run that has the volume from now on
 * @param number of the generation that this run may seal
 * @param tenants the scope's runs, by name
 * @param ended the pod of the run that had the volume until now
 * @param sources what the holder's volume could start from, in read order
 * @param living sealed generations that exist
 * @param pinned numbers of this volume's generations that somebody reads
 * @param rollbackTo what the scope's owner asks for
 * @param defaultRecipe recipe of the default branch's newest generation
 * @param size that the policy gives the volume, in KiB
 */
public record VolumeFacts(
        ScopeVolume before,
        String claim,
        Optional<String> uid,
        Optional<String> holder,
        int number,
        Map<String, VolumeRun> tenants,
        Optional<FinishedBuildPod> ended,
        List<SeedSource> sources,
        Set<GenerationRef> living,
        Set<Integer> pinned,
        Optional<Integer> rollbackTo,
        Optional<String> defaultRecipe,
        CachePolicySpec policy,
        long size,
        SeedChoice.Means means) {

    /** The same of a volume that has lost its claim, and with it whatever the last run left. */
    VolumeFacts without(ScopeVolume lost) {
        return new VolumeFacts(
                lost,
                claim,
                uid,
                holder,
                number,
                tenants,
                Optional.empty(),
                sources,
                living,
                pinned,
                rollbackTo,
                defaultRecipe,
                policy,
                size,
                means);
    }
}
