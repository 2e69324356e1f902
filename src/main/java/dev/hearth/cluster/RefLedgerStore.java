package dev.hearth.cluster;

import dev.hearth.core.plan.Names;
import dev.hearth.core.trigger.Fingerprints;
import dev.hearth.core.trigger.RefGroup;
import dev.hearth.core.trigger.RefLedger;
import dev.hearth.pod.ObjectLabels;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Stores a pipeline's {@link RefLedger} in ConfigMaps of a bounded size: a repository can have any number of refs, and
 * forges keep those of pull requests forever. A ledger belongs to one source. After a change of the source, the ledger
 * is empty.
 *
 * <p>The refs of a group are divided into shards, whose number is a power of two. Each shard names the source, and the
 * first one the number of shards. The first shard is written last: until then the previous ledger counts, with some new
 * entries.
 */
@ApplicationScoped
public class RefLedgerStore {
    /** Refs in a shard at most. Such a shard has 32 KiB, which are written whenever a ref moves. */
    private static final int LARGEST_SHARD = 4096;

    private static final String SOURCE = "source";
    private static final String SHARDS = "shards";
    private static final String REFS = "refs";

    private final KubernetesClient client;

    public RefLedgerStore(KubernetesClient client) {
        this.client = client;
    }

    /**
     * The pipeline and source of a ledger.
     *
     * @param owner the pipeline
     * @param source a short text that identifies the repository
     */
    public record Subject(String namespace, OwnerReference owner, String source) {}

    /**
     * Reads the ledger, without groups that have not been listed. Throws {@link NameConflictException} if a ConfigMap
     * of its name has another owner.
     */
    public RefLedger read(Subject subject) {
        var groups = new EnumMap<RefGroup, Fingerprints>(RefGroup.class);
        for (RefGroup group : RefGroup.values()) {
            read(subject, group).ifPresent(refs -> groups.put(group, refs));
        }
        // Branches are written last, so the former ledger is no longer needed once they exist.
        return groups.containsKey(RefGroup.PUSHED)
                ? new RefLedger(groups)
                : former(subject)
                        .map(map -> RefLedger.ofLines(map.getData().getOrDefault(REFS, "")))
                        .orElse(RefLedger.EMPTY);
    }

    /** Writes the parts of a ledger that have changed. Can be repeated after a failure at any point. */
    public void write(Subject subject, RefLedger ledger) {
        for (RefGroup group : List.of(RefGroup.PULL_REQUESTS, RefGroup.PUSHED)) {
            ledger.group(group).ifPresentOrElse(refs -> write(subject, group, refs), () -> remove(subject, group, 0));
        }
        former(subject).ifPresent(this::delete);
    }

    private Optional<Fingerprints> read(Subject subject, RefGroup group) {
        var first = find(subject, group, 0).filter(map -> isOfSource(map, subject));
        if (first.isEmpty()) {
            return Optional.empty();
        }
        var parts = new ArrayList<byte[]>(List.of(refs(first.get())));
        var shards = shards(first.get());
        for (int number = 1; number < shards; number++) {
            var shard = find(subject, group, number).filter(map -> isOfSource(map, subject));
            if (shard.isEmpty()) {
                return Optional.empty(); // with an incomplete ledger, the missing refs would seem to have moved
            }
            parts.add(refs(shard.get()));
        }
        return Optional.of(Fingerprints.join(parts));
    }

    private void write(Subject subject, RefGroup group, Fingerprints refs) {
        var shards = shardsFor(refs.size());
        for (int number = shards - 1; number >= 0; number--) {
            var wanted = shard(subject, group, number, shards, refs.shard(number, shards));
            var found = find(subject, group, number);
            if (found.isEmpty()) {
                client.resource(wanted).create();
            } else if (!isSame(found.get(), wanted)) {
                replace(found.get(), wanted);
            }
        }
        remove(subject, group, shards);
    }

    /**
     * Deletes the shards from a number on. Shard 0 is deleted first, because without it there is no ledger. The others
     * are deleted from the last to the first, so that after a failure the next attempt finds all that remain.
     */
    private void remove(Subject subject, RefGroup group, int from) {
        var rest = new ArrayList<ConfigMap>();
        for (int number = Math.max(1, from); ; number++) {
            var found = find(subject, group, number);
            if (found.isEmpty()) {
                break;
            }
            rest.add(found.get());
        }
        if (from == 0) {
            find(subject, group, 0).ifPresent(this::delete);
        }
        rest.reversed().forEach(this::delete);
    }

    private static int shardsFor(int refs) {
        var needed = Math.max(1, (refs + LARGEST_SHARD - 1) / LARGEST_SHARD);
        return needed == 1 ? 1 : Integer.highestOneBit(needed - 1) << 1;
    }

    private ConfigMap shard(Subject subject, RefGroup group, int number, int shards, byte[] refs) {
        return new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace(subject.namespace())
                .withName(name(subject, group, number))
                .withLabels(ObjectLabels.of(subject.owner().getName()))
                .withOwnerReferences(subject.owner())
                .endMetadata()
                .withData(Map.of(SOURCE, subject.source(), SHARDS, String.valueOf(shards)))
                .withBinaryData(Map.of(REFS, Base64.getEncoder().encodeToString(refs)))
                .build();
    }

    private Optional<ConfigMap> find(Subject subject, RefGroup group, int number) {
        var found = Optional.ofNullable(client.configMaps()
                .inNamespace(subject.namespace())
                .withName(name(subject, group, number))
                .get());
        found.ifPresent(map -> OwnedObjectWriter.checkOwner(map, subject.owner()));
        return found;
    }

    private Optional<ConfigMap> former(Subject subject) {
        return Optional.ofNullable(client.configMaps()
                        .inNamespace(subject.namespace())
                        .withName(Names.formerLedger(subject.owner().getName()))
                        .get())
                .filter(map -> OwnedObjectWriter.isOwnedBy(map, subject.owner()));
    }

    /** Changes a ConfigMap. The API server rejects the change if the ConfigMap has changed since it was read. */
    private void replace(ConfigMap found, ConfigMap wanted) {
        wanted.getMetadata().setUid(found.getMetadata().getUid());
        wanted.getMetadata().setResourceVersion(found.getMetadata().getResourceVersion());
        client.resource(found)
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        client.getKubernetesSerialization().asJson(wanted));
    }

    private void delete(ConfigMap found) {
        new ObjectDeletion(client).deleteUnchanged(found);
    }

    private static String name(Subject subject, RefGroup group, int number) {
        var groupName = switch (group) {
            case PUSHED -> "pushed";
            case PULL_REQUESTS -> "pulls";
        };
        return Names.ledger(subject.owner().getUid(), groupName, number);
    }

    private static boolean isOfSource(ConfigMap map, Subject subject) {
        return subject.source().equals(map.getData().get(SOURCE));
    }

    private static boolean isSame(ConfigMap found, ConfigMap wanted) {
        return found.getData().equals(wanted.getData()) && Arrays.equals(refs(found), refs(wanted));
    }

    private static int shards(ConfigMap map) {
        return Integer.parseInt(map.getData().getOrDefault(SHARDS, "1"));
    }

    private static byte[] refs(ConfigMap map) {
        var data = map.getBinaryData();
        return data == null ? new byte[0] : Base64.getDecoder().decode(data.getOrDefault(REFS, ""));
    }
}
