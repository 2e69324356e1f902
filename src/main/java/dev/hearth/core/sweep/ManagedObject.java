package dev.hearth.core.sweep;

import dev.hearth.api.BuiltCompletely;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * An object that Hearth created, as the API server shows it.
 *
 * @param version its resourceVersion: the object is deleted only if it has not changed since
 * @param pipeline name of the pipeline in its label
 * @param deleting whether it is being deleted already
 */
@BuiltCompletely
public record ManagedObject(
        Kind kind,
        String namespace,
        String name,
        String uid,
        String version,
        String pipeline,
        List<Owner> owners,
        boolean deleting)
        implements ManagedObjectBuilder.With {

    public ManagedObject {
        owners = List.copyOf(owners);
    }

    /** Kinds of objects that Hearth creates, in the order in which a sweep lists them: possible owners come last. */
    public enum Kind {
        Pod,
        PersistentVolumeClaim,
        VolumeSnapshot,
        NetworkPolicy,
        ConfigMap,
        CacheScope,
        PipelineRun
    }

    /** An owner reference of an object. */
    public record Owner(String kind, String name, String uid) {
        private static final Set<String> KNOWN = Set.of("Pipeline", "PipelineRun", "CacheScope");

        /** Whether Hearth knows all objects of this kind. Owners of other kinds are assumed to exist. */
        public boolean isOfHearth() {
            return KNOWN.contains(kind);
        }
    }

    /** Returns the scope that owns a volume claim; empty for other objects and claims. */
    Optional<Owner> scope() {
        return kind == Kind.PersistentVolumeClaim
                ? owners.stream()
                        .filter(owner -> owner.kind().equals("CacheScope"))
                        .findFirst()
                : Optional.empty();
    }
}
