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
 * Keeps a pipeline's {@link RefLedger} in ConfigMaps of a bounded size, since a repository may have any number of refs and
 * forges keep those of pull requests for ever. A ledger is of one source: of another, nothing has been looked at.
 *
 * <p>A group has a power of two of shards, as many as its size needs. Each says of which source it is, and the first how
 * many there are. It is written last: until then what was there before counts, with some of what is new.
 */
@ApplicationScoped
public class RefLedgerStore {
    /** A shard of so many has 32 KiB: so much is written when a ref moves. */
    private static final int LARGEST_SHARD = 4096;

    private static final String SOURCE = "source";
    private static final String SHARDS = "shards";
    private static final String REFS = "refs";

    private final KubernetesClient client;

    public RefLedgerStore(KubernetesClient client) {
        this.client = client;
    }

    /**
     * Whose ledger it is.
     *
     * @param owner the pipeline
     * @param source what tells its repository from others; a short word
     */
    public record Subject(String namespace, OwnerReference owner, String source) {}

    /**
     * What is kept; without a group that was not looked at. Throws {@link NameTaken} if a name belongs to an object of
     * another owner.
     */
    public RefLedger read(Subject subject) {
        var groups = new EnumMap<RefGroup, Fingerprints>(RefGroup.class);
        for (RefGroup group : RefGroup.values()) {
            read(subject, group).ifPresent(refs -> groups.put(group, refs));
        }
        // Branches are written last, so with them there is nothing that only the former ledger has.
        return groups.containsKey(RefGroup.PUSHED)
                ? new RefLedger(groups)
                : former(subject)
                        .map(map -> RefLedger.ofLines(map.getData().getOrDefault(REFS, "")))
                        .orElse(RefLedger.EMPTY);
    }

    /** Keeps a ledger; writes nothing of it that is kept already. May be repeated after a failure at any point. */
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
                return Optional.empty(); // with a part of them, the others would look as if they had moved
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
     * Removes shards from a number on: the one with number 0 first, since without it there is no ledger, and then the last
     * one first, so that none is left that the next try does not find.
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
        found.ifPresent(map -> OwnedObjectWriter.check(map, subject.owner()));
        return found;
    }

    private Optional<ConfigMap> former(Subject subject) {
        return Optional.ofNullable(client.configMaps()
                        .inNamespace(subject.namespace())
                        .withName(Names.formerLedger(subject.owner().getName()))
                        .get())
                .filter(map -> OwnedObjectWriter.isOf(map, subject.owner()));
    }

    /** Changes the object that was read, and no other: the API server refuses if it is not as it was. */
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
        var word = switch (group) {
            case PUSHED -> "pushed";
            case PULL_REQUESTS -> "pulls";
        };
        return Names.ledger(subject.owner().getUid(), word, number);
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
