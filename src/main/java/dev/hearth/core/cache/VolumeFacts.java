package dev.hearth.core.cache;

import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.Trust;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * All that a decision about one volume is made from.
 *
 * @param claim of a volume of the isolation that a new holder's builds have
 * @param holder run that has the volume from now on
 * @param number of the generation that this run may seal
 * @param tenants the scope's runs, by name
 * @param ended the pod of the run that had the volume until now
 * @param sources what the holder's volume could start from, in read order
 * @param living sealed generations that exist, as claim/number
 * @param pinned numbers of this volume's generations that somebody reads
 * @param rollbackTo what the scope's owner asks for
 * @param defaultRecipe recipe of the default branch's newest generation
 */
public record VolumeFacts(
        ScopeVolume before,
        String claim,
        Trust trust,
        Optional<String> holder,
        int number,
        Map<String, Tenant> tenants,
        Optional<Ended> ended,
        List<Source> sources,
        Set<String> living,
        Set<Integer> pinned,
        Optional<Integer> rollbackTo,
        Optional<String> defaultRecipe,
        CachePolicySpec policy,
        SeedChoice.Means means) {}
