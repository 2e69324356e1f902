package dev.hearth.controller.pipeline;

import dev.hearth.api.Pipeline;
import dev.hearth.cluster.NameConflictException;
import dev.hearth.cluster.OwnedObjectWriter;
import dev.hearth.cluster.PodClient;
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
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * Deletes images of artifacts from their registry once no run can use them, by a pod of their pipeline. If the registry cannot
 * be reached, the images stay there until the registry's own retention deletes them.
 */
@ApplicationScoped
public class ArtifactCleanup {
    private static final Logger LOG = Logger.getLogger(ArtifactCleanup.class);
    private static final int MOST_REMEMBERED = 10_000;

    private final RegistryContainerFactory registries;
    private final OwnedObjectWriter objects;
    private final PodClient pods;
    private final AllowedSecrets secrets;
    private final Set<String> removed = ConcurrentHashMap.newKeySet();

    public ArtifactCleanup(
            RegistryContainerFactory registries, OwnedObjectWriter objects, PodClient pods, AllowedSecrets secrets) {
        this.registries = registries;
        this.objects = objects;
        this.pods = pods;
        this.secrets = secrets;
    }

    /**
     * Creates the pods that delete expired images that no other run uses.
     *
     * @param old expired images, each as repository and digest
     * @param used images of runs that stay: equal files have equal digests
     */
    void remove(Pipeline pipeline, Set<String> old, Set<String> used) {
        if (removed.size() > MOST_REMEMBERED) {
            removed.clear(); // deleting an image again does no harm
        }
        old.stream()
                .filter(image -> image.contains("@") && !used.contains(image) && removed.add(image))
                .sorted()
                .collect(Collectors.groupingBy(image -> image.split("/", 2)[0]))
                .forEach((host, images) -> {
                    for (int from = 0; from < images.size(); from += ArtifactRemovalPod.MOST) {
                        var to = Math.min(images.size(), from + ArtifactRemovalPod.MOST);
                        remove(pipeline, host, images.subList(from, to));
                    }
                });
    }

    private void remove(Pipeline pipeline, String host, List<String> images) {
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
            return;
        }
        LOG.debugf("%s: deletes artifacts %s", ResourceName.of(pipeline), images);
        try {
            var container = registries.ofArtifacts(use.map(SecretUse::secret).orElse(null));
            objects.create(new ArtifactRemovalPod(namespace, name, OwnerReferences.controller(pipeline), container)
                    .build(Names.artifactRemovalPod(name, images), images));
        } catch (KubernetesClientException | NameConflictException e) {
            LOG.infof(
                    "%s: %d artifacts stay in registry %s: %s",
                    ResourceName.of(pipeline), images.size(), host, e.getMessage());
        }
    }

    /** Deletes pods that have ended, and logs what they have left. */
    void release(Pipeline pipeline, Collection<Pod> removals, IndependentWork work) {
        work.each(removals.stream().filter(PodReader::hasFinished).toList(), pod -> {
            ArtifactRemovalPod.left(pod)
                    .ifPresent(left -> LOG.infof(
                            "%s: artifacts stay in their registry after pod %s: %s",
                            ResourceName.of(pipeline), pod.getMetadata().getName(), left));
            pods.delete(pod);
        });
    }
}
