package dev.hearth.core.sweep;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What there was when everything else had been looked at: an owner that is not among it was deleted, since none is made
 * after what it owns.
 *
 * @param uids of all pipelines, runs and scopes
 * @param pipelines the pipelines among them, as namespace/name
 */
public record LiveOwners(Set<String> uids, Set<String> pipelines, List<LiveScope> scopes) {
    public LiveOwners {
        uids = Set.copyOf(uids);
        pipelines = Set.copyOf(pipelines);
        scopes = List.copyOf(scopes);
    }

    boolean has(ObjectOwner owner) {
        return !owner.isOfHearth() || uids.contains(owner.uid());
    }

    /** Whether nobody owns it. Runs that people make are nobody's until their pipeline adopts them, whose history they join. */
    boolean isUnowned(ManagedObject made) {
        return made.owners().isEmpty()
                && !(made.kind() == ManagedKind.PipelineRun
                        && pipelines.contains(made.namespace() + "/" + made.pipeline()));
    }

    /** Whether a scope owns a claim that neither it nor its neighbours, who may have started from it, know. */
    boolean isUnreferenced(ManagedObject claim) {
        return claim.scope()
                .flatMap(owner -> scope(owner.uid()))
                .filter(LiveScope::settled)
                .filter(_ -> scopes.stream()
                        .filter(scope -> scope.namespace().equals(claim.namespace()))
                        .noneMatch(scope -> scope.names(claim.name())))
                .isPresent();
    }

    private Optional<LiveScope> scope(String uid) {
        return scopes.stream().filter(scope -> scope.uid().equals(uid)).findFirst();
    }
}
