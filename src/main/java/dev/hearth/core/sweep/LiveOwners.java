package dev.hearth.core.sweep;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The owners that existed after all other objects had been listed. An owner is created before the objects that it owns, so
 * an owner that is missing here was deleted.
 *
 * @param uids of all pipelines, runs and scopes
 * @param pipelines the pipelines among them, as namespace/name
 */
public record LiveOwners(Set<String> uids, Set<String> pipelines, List<Scope> scopes) {
    public LiveOwners {
        uids = Set.copyOf(uids);
        pipelines = Set.copyOf(pipelines);
        scopes = List.copyOf(scopes);
    }

    /**
     * A cache scope that exists.
     *
     * @param texts every text in its status. One that names a claim equals its name or begins with it, as in
     *     {@code claim/generation}, also in a field that this version of Hearth does not know.
     * @param settled whether a run has finished on each of its volumes, so that none of them will use an earlier claim again
     */
    public record Scope(String namespace, String uid, Set<String> texts, boolean settled) {
        public Scope {
            texts = Set.copyOf(texts);
        }

        boolean names(String claim) {
            return texts.stream().anyMatch(text -> text.equals(claim) || text.startsWith(claim + "/"));
        }
    }

    boolean has(ManagedObject.Owner owner) {
        return !owner.isOfHearth() || uids.contains(owner.uid());
    }

    /** Whether an object has no owner. A run that a user created has none until its pipeline adopts it. */
    boolean isUnowned(ManagedObject object) {
        return object.owners().isEmpty()
                && !(object.kind() == ManagedObject.Kind.PipelineRun
                        && pipelines.contains(object.namespace() + "/" + object.pipeline()));
    }

    /** Whether a settled scope owns a claim that no scope of the namespace names. Another scope may have it as a seed. */
    boolean isUnreferenced(ManagedObject claim) {
        return claim.scope()
                .flatMap(owner -> scope(owner.uid()))
                .filter(Scope::settled)
                .filter(_ -> scopes.stream()
                        .filter(scope -> scope.namespace().equals(claim.namespace()))
                        .noneMatch(scope -> scope.names(claim.name())))
                .isPresent();
    }

    private Optional<Scope> scope(String uid) {
        return scopes.stream().filter(scope -> scope.uid().equals(uid)).findFirst();
    }
}
