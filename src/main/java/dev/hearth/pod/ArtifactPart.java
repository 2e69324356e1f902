package dev.hearth.pod;

import dev.hearth.api.ArtifactStatus;
import dev.hearth.core.run.ArtifactMount;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.Objects;

/** Files of another step in a pod: a volume, which several mounts may share, and where it is mounted. */
record ArtifactPart(Volume volume, VolumeMount mount) {
    private static final String ROOT = "/artifacts/";

    static ArtifactPart of(ArtifactMount artifact) {
        return artifact.files()
                .map(files -> files.image() == null ? onClaim(artifact, files) : asImage(artifact, files.image()))
                .orElseGet(() -> nothing(artifact));
    }

    private static ArtifactPart onClaim(ArtifactMount artifact, ArtifactStatus files) {
        var claim = Objects.requireNonNull(files.claim());
        return new ArtifactPart(
                Parts.claim(claim, claim),
                Parts.part(claim, ROOT + artifact.path(), Objects.requireNonNull(files.path()), true));
    }

    private static ArtifactPart asImage(ArtifactMount artifact, String image) {
        var name = name(artifact);
        var volume = new VolumeBuilder()
                .withName(name)
                .withNewImage()
                .withReference(image)
                .withPullPolicy("IfNotPresent")
                .endImage()
                .build();
        return new ArtifactPart(volume, Parts.readOnly(name, ROOT + artifact.path()));
    }

    private static ArtifactPart nothing(ArtifactMount artifact) {
        return new ArtifactPart(Parts.empty(name(artifact)), Parts.readOnly(name(artifact), ROOT + artifact.path()));
    }

    private static String name(ArtifactMount artifact) {
        return "artifact-" + artifact.path().toLowerCase(java.util.Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
    }
}
