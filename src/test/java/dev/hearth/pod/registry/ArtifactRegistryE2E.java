package dev.hearth.pod.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.agent.AgentReports;
import dev.hearth.agent.ArtifactPushReport;
import dev.hearth.api.OperatingSystem;
import dev.hearth.api.Reason;
import dev.hearth.api.Trust;
import dev.hearth.core.buildcache.StorageChoice;
import dev.hearth.core.plan.Names;
import dev.hearth.core.run.Observation;
import dev.hearth.pod.ContainerParts;
import dev.hearth.pod.PodFrame;
import dev.hearth.pod.PodVolumes;
import dev.hearth.pod.VolumeClaims;
import dev.hearth.pod.observe.PodReader;
import dev.hearth.pod.task.ArtifactParts;
import dev.hearth.pod.task.ArtifactSource;
import dev.hearth.testbed.AgentImages;
import dev.hearth.testbed.HearthDeployment;
import dev.hearth.testbed.TestNamespace;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The way of an artifact from a volume through a registry into a pod, by each of the forms that pods have. */
class ArtifactRegistryE2E {
    private static final String REPOSITORY = HearthDeployment.REGISTRY + "/team/artifacts";
    private static final String CLAIM = Names.taskCacheVolume("scope", OperatingSystem.Linux);
    private static final Quantity SIZE = new Quantity("1Gi");

    /** As builds and tasks leave them: by root and by another, with modes that keep others out. */
    private static final String WRITE = """
            umask 022
            cd /files
            mkdir -p bin 'shared folder' empty
            printf '#!/bin/sh\\necho ran\\n' >bin/run
            chmod 755 bin/run
            ln -s bin/run run
            ln -s /nowhere/at/all dangling
            ln bin/run bin/again
            echo secret >bin/private && chmod 600 bin/private
            echo tasks >bin/tasks && chmod 400 bin/tasks && chown 1000:1000 bin/tasks
            mkdir bin/closed && echo in >bin/closed/file && chmod 700 bin/closed && chown -R 1000:1000 bin/closed
            chmod 1777 'shared folder'
            head -c 3000000 /dev/urandom >"shared folder/bücher"
            echo long >shared\\ folder/$(printf 'n%.0s' $(seq 150))
            """;

    /** Names, types, modes and targets of links, and the bytes of files. */
    private static final String LIST = """
            export LC_ALL=C
            cd "$0"
            find . -mindepth 1 -printf '%P %y %m %l\\n' | sort
            find . -type f -print0 | sort -z | xargs -0 sha256sum
            """;

    private static final String READ = """
            touch bin/run 2>&1 | grep -o 'Read-only file system' || echo written
            ./run
            """;

    @Test
    void filesReachAPodAsTheyWere() {
        try (var work = TestNamespace.open("artifacts");
                var client = HearthDeployment.operator(work.cluster())) {
            var artifacts = new Artifacts(work, client);
            artifacts.claim();

            var written = artifacts.run("write", artifacts.writer());
            var first = artifacts.publish("tests", null);
            var again = artifacts.publish("again", null);
            var image = published(first).orElseThrow().image();
            var read = artifacts.run("read", artifacts.reader(image));

            assertThat(image).startsWith(REPOSITORY + "@sha256:");
            assertThat(published(again)).isEqualTo(published(first));
            var listing = log(client, written, "files");
            assertThat(listing).contains("bin/run f 755", "run l 777 bin/run", "bin/private f 600", "bücher");
            assertThat(log(client, read, "mounted")).isEqualTo(listing + "Read-only file system\nran\n");
            assertThat(log(client, read, "copied")).isEqualTo(listing + "Read-only file system\nran\n");
        }
    }

    private static Optional<ArtifactPushReport> published(Pod pod) {
        return PodReader.terminationMessage(pod, ArtifactUploadPod.CONTAINER).flatMap(AgentReports::artifactPush);
    }

    @Test
    void aSecretThatIsMissingIsSaidInASentence() {
        try (var work = TestNamespace.open("artifacts");
                var client = HearthDeployment.operator(work.cluster())) {
            var artifacts = new Artifacts(work, client);
            artifacts.claim();

            var ended = artifacts.publish("tests", "nosuch");

            assertThat(new PodReader(Duration.ofMinutes(1), Duration.ofMinutes(1)).artifactUpload(ended))
                    .isInstanceOfSatisfying(Observation.Broken.class, broken -> {
                        assertThat(broken.why().reason()).isEqualTo(Reason.PublishFailed);
                        assertThat(broken.why().message())
                                .startsWith("the Secret that spec.artifacts.credentials names does not exist");
                    });
        }
    }

    private static String log(KubernetesClient client, Pod pod, String container) {
        return client.pods().resource(pod).inContainer(container).getLog();
    }

    /** A run that has nothing but a volume, and pods as Hearth makes them for it. */
    private record Artifacts(TestNamespace work, KubernetesClient client, OwnerReference owner) {
        Artifacts(TestNamespace work, KubernetesClient client) {
            this(work, client, owner(work));
        }

        private static RegistryContainer registry(@Nullable String secret) {
            return new RegistryContainer(
                    AgentImages.BUILD,
                    Set.of(HearthDeployment.REGISTRY),
                    "spec.artifacts",
                    Optional.ofNullable(secret));
        }

        private static OwnerReference owner(TestNamespace work) {
            var owner = work.client()
                    .resource(new ConfigMapBuilder()
                            .withNewMetadata()
                            .withNamespace(work.namespace())
                            .withName("owner")
                            .endMetadata()
                            .build())
                    .create();
            return new OwnerReferenceBuilder()
                    .withApiVersion("v1")
                    .withKind("ConfigMap")
                    .withName("owner")
                    .withUid(owner.getMetadata().getUid())
                    .build();
        }

        void claim() {
            client.resource(VolumeClaims.taskCaches(
                            work.namespace(),
                            "app",
                            "scope",
                            OperatingSystem.Linux,
                            CLAIM,
                            new StorageChoice(Optional.empty(), "1Gi"),
                            owner))
                    .create();
        }

        private PodFrame frame(String name) {
            return new PodFrame(work.namespace(), "app", "run", Trust.Trusted, name, owner, Duration.ofMinutes(5));
        }

        Pod writer() {
            return frame("hearth-run-write")
                    .pod(spec -> spec.withContainers(shell("files", WRITE + LIST, "/files")
                                    .withVolumeMounts(PodVolumes.subPath("artifacts", "/files", "tests", false))
                                    .build())
                            .withVolumes(PodVolumes.claim("artifacts", CLAIM)));
        }

        Pod publish(String step, @Nullable String secret) {
            return run(
                    secret == null ? ArtifactUploadPod.CONTAINER : "",
                    new ArtifactUploadPod(frame(Names.artifactUploadPod("run", step, 1)), registry(secret), SIZE)
                            .build(CLAIM, "tests", REPOSITORY));
        }

        /** Reads as a task does: as a user without rights. */
        Pod reader(String image) {
            var parts = ArtifactParts.of(Map.of(
                    "/artifacts/mounted", new ArtifactSource.Mounted(image, Optional.empty()),
                    "/artifacts/copied", new ArtifactSource.Copied(image, registry(null), SIZE)));
            return frame("hearth-run-read")
                    .pod(spec -> spec.withInitContainers(parts.initContainers())
                            .withContainers(reads("mounted", parts), reads("copied", parts))
                            .withVolumes(parts.volumes()));
        }

        private static Container reads(String name, ArtifactParts parts) {
            return shell(name, LIST + READ, "/artifacts/" + name)
                    .withNewSecurityContext()
                    .withRunAsUser(1000L)
                    .withRunAsGroup(1000L)
                    .withNewCapabilities()
                    .withDrop("ALL")
                    .endCapabilities()
                    .endSecurityContext()
                    .withVolumeMounts(parts.mounts())
                    .build();
        }

        private static ContainerBuilder shell(String name, String script, String argument) {
            return new ContainerBuilder()
                    .withName(name)
                    .withImage("debian:bookworm-slim")
                    .withCommand("/bin/sh", "-euc", ContainerParts.literal(script), argument);
        }

        Pod run(String what, Pod pod) {
            var created = client.resource(pod).create();
            var ended = client.resource(created)
                    .waitUntilCondition(it -> it != null && PodReader.hasFinished(it), 3, TimeUnit.MINUTES);
            if (!what.isEmpty()) {
                assertThat(ended.getStatus().getPhase())
                        .as("%s: %s", what, ended.getStatus())
                        .isEqualTo("Succeeded");
            }
            return ended;
        }
    }
}
