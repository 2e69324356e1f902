package dev.hearth.controller.run.pods;

import dev.hearth.config.HearthConfig;
import dev.hearth.controller.run.context.RunContext;
import dev.hearth.controller.support.RegistryContainerFactory;
import dev.hearth.core.plan.Names;
import dev.hearth.core.run.Action;
import dev.hearth.pod.NodePreference;
import dev.hearth.pod.registry.ArtifactUploadPod;
import dev.hearth.pod.registry.ImagePublishPod;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/** Creates the pods of a run that push to registries, with the settings of this installation. */
@ApplicationScoped
public class RegistryPodFactory {
    private final HearthConfig config;
    private final RegistryContainerFactory registries;

    public RegistryPodFactory(HearthConfig config, RegistryContainerFactory registries) {
        this.config = config;
        this.registries = registries;
    }

    public Pod build(RunContext run, Action.StartArtifactUpload start, Instant now) {
        var name = Names.artifactUploadPod(run.name(), start.upload().of().name(), start.attempt());
        var pod = new ArtifactUploadPod(
                        run.podFrame(name, run.remainingTime(now), now).withUserNamespace(start.userNamespace()),
                        registries.ofArtifacts(
                                ArtifactSourceResolver.secret(run).orElse(null)),
                        new Quantity(config.artifacts().size()))
                .build(
                        Objects.requireNonNull(start.files().claim()),
                        Objects.requireNonNull(start.files().path()),
                        Objects.requireNonNull(run.spec().artifacts().repository()));
        NodePreference.set(pod, run.scopeName());
        return pod;
    }

    public Pod build(RunContext run, Action.StartImagePublish start, Instant now) {
        var index = start.index();
        var push = index.push();
        var name = Names.imagePublishPod(run.name(), index.name(), start.attempt());
        var secret = Optional.ofNullable(push.credentials()).map(named -> named.secretName());
        var registry = registries.ofPush(index.spec().name(), secret.orElse(null));
        return new ImagePublishPod(run.podFrame(name, run.remainingTime(now), now), registry)
                .build(push.repository(), start.digests(), index.tags());
    }
}
