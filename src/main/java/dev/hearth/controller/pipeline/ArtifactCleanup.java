package dev.hearth.controller.pipeline;

import dev.hearth.api.Pipeline;
import dev.hearth.cluster.NameConflictException;
import dev.hearth.cluster.OwnedObjectWriter;
import dev.hearth.cluster.PodClient;
import dev.hearth.cluster.SafeClock;
import dev.hearth.controller.access.AllowedSecrets;
import dev.hearth.controller.support.IndependentWork;
import dev.hearth.controller.support.OwnerReferences;
import dev.hearth.controller.support.RegistryContainerFactory;
import dev.hearth.controller.support.ResourceName;
import dev.hearth.core.plan.Names;
import dev.hearth.core.secret.SecretUse;
import dev.hearth.pod.observe.PodReader;
import dev.hearth.pod.registry.ArtifactRemovalPod;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * Deletes images of artifacts from their registry once no run can use them, by a pod of their pipeline. If the registry cannot
 * be reached, the images stay there until the registry's own retention deletes them.
 */
@ApplicationScoped
public class ArtifactCleanup {
    private static final Logger LOG = Logger.getLogger(ArtifactCleanup.class);

    private final RegistryContainerFactory registries;
    private final OwnedObjectWriter objects;
    private final PodClient pods;
    private final AllowedSecrets secrets;
    private final SafeClock clock;
    /** For each pipeline the images of runs in its history whose deletion it has asked for. */
    private final Map<ResourceID, Set<String>> asked = new ConcurrentHashMap<>();

    public ArtifactCleanup(
            RegistryContainerFactory registries,
            OwnedObjectWriter objects,
            PodClient pods,
            AllowedSecrets secrets,
            SafeClock clock) {
        this.registries = registries;
        this.objects = objects;
        this.pods = pods;
        this.secrets = secrets;
        this.clock = clock;
    }

    /**
     * Creates the pods that delete the images of runs that are about to be deleted.
     *
     * @param old images of these runs, each as repository and digest
     * @param used images of runs that stay, which may reuse them
     */
    void removeOfDeletedRuns(Pipeline pipeline, Set<String> old, Set<String> used) {
        var known = asked.getOrDefault(ResourceID.fromResource(pipeline), Set.of());
        remove(pipeline, old.stream().filter(image -> !used.contains(image) && !known.contains(image)));
    }

    /**
     * Creates the pods that delete expired images of runs that stay, unless this process has asked for that before.
     *
     * @param old images of runs whose artifacts have expired, each as repository and digest
     * @param used images of other runs, which may reuse them
     */
    void removeExpired(Pipeline pipeline, Set<String> old, Set<String> used) {
        var known = asked.computeIfAbsent(ResourceID.fromResource(pipeline), _ -> ConcurrentHashMap.newKeySet());
        known.retainAll(old);
        known.addAll(remove(pipeline, old.stream().filter(image -> !used.contains(image) && !known.contains(image))));
    }

    /** Returns the images for which there is a pod now. */
    private Set<String> remove(Pipeline pipeline, Stream<String> unused) {
        var removed = new HashSet<String>();
        unused.filter(image -> image.contains("@"))
                .sorted()
                .collect(Collectors.groupingBy(image -> image.split("/", 2)[0]))
                .forEach((host, images) -> {
                    for (int from = 0; from < images.size(); from += ArtifactRemovalPod.MOST) {
                        var batch = images.subList(from, Math.min(images.size(), from + ArtifactRemovalPod.MOST));
                        if (isAsked(pipeline, host, batch)) {
                            removed.addAll(batch);
                        }
                    }
                });
        return removed;
    }

    /** Returns whether there is a pod that deletes the images now. */
    private boolean isAsked(Pipeline pipeline, String host, List<String> images) {
        var namespace = pipeline.getMetadata().getNamespace();
        var name = pipeline.getMetadata().getName();
        var use = SecretUse.of(pipeline.getSpec().artifacts())
                .filter(it -> it.host().equals(Optional.of(host)));
        var refusal = use.flatMap(it -> secrets.refusal(namespace, name, it));
        if (refusal.isPresent()) {
            LOG.infof(
                    "%s: %d artifacts stay in registry %s: %s",
                    ResourceName.of(pipeline),
                    images.size(),
                    host,
                    refusal.get().message());
            return false;
        }
        LOG.debugf("%s: deletes artifacts %s", ResourceName.of(pipeline), images);
        try {
            var container = registries.ofArtifacts(use.map(SecretUse::secret).orElse(null));
            objects.create(new ArtifactRemovalPod(namespace, name, OwnerReferences.controller(pipeline), container)
                    .build(Names.artifactRemovalPod(name, images), images));
            return true;
        } catch (KubernetesClientException | NameConflictException e) {
            LOG.infof(
                    "%s: %d artifacts stay in registry %s: %s",
                    ResourceName.of(pipeline), images.size(), host, e.getMessage());
            return false;
        }
    }

    /** Forgets pipelines that do not exist any more. */
    void retain(Predicate<ResourceID> exists) {
        asked.keySet().removeIf(exists.negate());
    }

    /** Deletes pods that have ended, or that no node has taken for long, and logs what they have left. */
    void release(Pipeline pipeline, Collection<Pod> removals, IndependentWork work) {
        var oldest = clock.now().minus(ArtifactRemovalPod.LONGEST);
        work.each(removals.stream().filter(pod -> isOver(pod, oldest)).toList(), pod -> {
            ArtifactRemovalPod.left(pod)
                    .ifPresent(left -> LOG.infof(
                            "%s: artifacts stay in their registry after pod %s: %s",
                            ResourceName.of(pipeline), pod.getMetadata().getName(), left));
            pods.delete(pod);
        });
    }

    private static boolean isOver(Pod pod, Instant oldest) {
        return PodReader.hasFinished(pod)
                || Instant.parse(pod.getMetadata().getCreationTimestamp()).isBefore(oldest);
    }
}
