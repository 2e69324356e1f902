package dev.hearth.pod;

import dev.hearth.buildkit.BuildCommand;
import dev.hearth.core.plan.Names;
import dev.hearth.core.plan.Step;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.SecurityContextBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The pod in which all builds of a platform run: one BuildKit daemon as a sidecar on the scope's volume, one container
 * per solve. They talk over a socket in the pod; nothing listens on the network.
 *
 * @param toml the daemon's configuration
 * @param isolation how the daemon is kept from the node
 */
public record BuildPod(PodFrame frame, String image, String toml, Isolation isolation, BuildCommand command) {
    public static final String DAEMON = "buildkitd";
    private static final String SOCKETS = "/run/buildkit";
    private static final String STATE = "/var/lib/buildkit";

    /** How the daemon is kept from the node. */
    public enum Isolation {
        /** In a user namespace of its own: root in the pod is nobody on the node. */
        UserNamespace,
        /** As root of the node, for clusters without user namespaces. */
        Privileged
    }

    /** Names of Secrets that the pod's clients, never a step of the Dockerfile, may read. */
    public record Secrets(Optional<String> git, Map<String, String> push) {
        public static final Secrets NONE = new Secrets(Optional.empty(), Map.of());
    }

    public Pod of(String scope, String platform, String cacheClaim, List<Step.Build> builds, Secrets secrets) {
        var volumes = new ArrayList<Volume>();
        volumes.add(claim("cache", cacheClaim));
        volumes.add(new VolumeBuilder()
                .withName("sockets")
                .withNewEmptyDir()
                .endEmptyDir()
                .build());
        if (builds.stream().anyMatch(build -> build.spec().artifact())) {
            volumes.add(claim("artifacts", Names.artifacts(frame.run())));
        }
        secrets.git().ifPresent(name -> volumes.add(secret("git", name)));
        secrets.push().forEach((build, name) -> volumes.add(dockerConfig("push-" + build, name)));
        var pod = frame.pod(spec -> spec.withHostUsers(isolation == Isolation.UserNamespace ? Boolean.FALSE : null)
                .withInitContainers(daemon())
                .withContainers(
                        builds.stream().map(build -> solve(build, secrets)).toList())
                .withVolumes(volumes));
        pod.getMetadata()
                .getLabels()
                .putAll(Map.of(Labels.SCOPE, Names.bounded(scope), Labels.PLATFORM, Names.dashed(platform)));
        return pod;
    }

    /** A sidecar: started before the solves, ended after them. The configuration comes in by the environment. */
    private Container daemon() {
        return new ContainerBuilder()
                .withName(DAEMON)
                .withImage(image)
                .withRestartPolicy("Always")
                .withCommand(
                        "/bin/sh",
                        "-c",
                        "umask 022; printf '%s' \"$BUILDKITD_TOML\" >/tmp/buildkitd.toml;"
                                + " exec buildkitd --config=/tmp/buildkitd.toml --root=" + STATE
                                + " --addr=unix://" + SOCKETS + "/buildkitd.sock")
                .addNewEnv()
                .withName("BUILDKITD_TOML")
                .withValue(toml)
                .endEnv()
                .withSecurityContext(daemonSecurity())
                .withVolumeMounts(mount("cache", STATE, false), mount("sockets", SOCKETS, false))
                .build();
    }

    /** In a user namespace, what mounts overlays and makes containers is SYS_ADMIN of that namespace alone. */
    private SecurityContext daemonSecurity() {
        return switch (isolation) {
            case UserNamespace ->
                new SecurityContextBuilder()
                        .withNewSeccompProfile()
                        .withType("Unconfined")
                        .endSeccompProfile()
                        .withNewCapabilities()
                        .withAdd("SYS_ADMIN")
                        .endCapabilities()
                        .build();
            case Privileged -> new SecurityContextBuilder().withPrivileged(true).build();
        };
    }

    private Container solve(Step.Build build, Secrets secrets) {
        var mounts = new ArrayList<VolumeMount>();
        mounts.add(mount("sockets", SOCKETS, false));
        if (build.spec().artifact()) {
            mounts.add(mount("artifacts", BuildCommand.ARTIFACTS, false));
        }
        secrets.git().ifPresent(_ -> mounts.add(mount("git", BuildCommand.GIT_SECRET, true)));
        var builder = new ContainerBuilder()
                .withName(build.container())
                .withImage(image)
                .withCommand(command.of(build))
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .addNewEnv()
                .withName("BUILDKIT_HOST")
                .withValue("unix://" + SOCKETS + "/buildkitd.sock")
                .endEnv()
                .withNewSecurityContext()
                .withAllowPrivilegeEscalation(false)
                .withNewCapabilities()
                .withDrop("ALL")
                .endCapabilities()
                .withNewSeccompProfile()
                .withType("RuntimeDefault")
                .endSeccompProfile()
                .endSecurityContext();
        if (secrets.push().containsKey(build.spec().name())) {
            mounts.add(mount("push-" + build.spec().name(), "/run/secrets/push", true));
            builder.addNewEnv()
                    .withName("DOCKER_CONFIG")
                    .withValue("/run/secrets/push")
                    .endEnv();
        }
        return builder.withVolumeMounts(mounts).build();
    }

    private static Volume claim(String name, String claim) {
        return new VolumeBuilder()
                .withName(name)
                .withNewPersistentVolumeClaim(claim, false)
                .build();
    }

    private static Volume secret(String name, String secret) {
        return new VolumeBuilder()
                .withName(name)
                .withNewSecret()
                .withSecretName(secret)
                .endSecret()
                .build();
    }

    private static Volume dockerConfig(String name, String secret) {
        return new VolumeBuilder()
                .withName(name)
                .withNewSecret()
                .withSecretName(secret)
                .addNewItem(".dockerconfigjson", null, "config.json")
                .endSecret()
                .build();
    }

    private static VolumeMount mount(String name, String path, boolean readOnly) {
        return new VolumeMountBuilder()
                .withName(name)
                .withMountPath(path)
                .withReadOnly(readOnly)
                .build();
    }
}
