package dev.hearth.pod;

import dev.hearth.api.Isolation;
import dev.hearth.api.SeedMode;
import dev.hearth.buildkit.BuildCommand;
import dev.hearth.core.cache.CacheMount;
import dev.hearth.core.plan.Step;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.ArrayList;

/** A client of the daemon that builds one step, with no rights but to write where the step's files go. */
record SolveContainer(String image, BuildCommand command, CacheMount cache, Isolation isolation, boolean exports) {

    Container of(Step.Build build, BuildPod.Secrets secrets) {
        var imported = cache.seeding() && cache.seed().mode() == SeedMode.Import;
        var mounts = new ArrayList<VolumeMount>();
        mounts.add(Parts.writable("sockets", BuildCommand.SOCKETS));
        mounts.add(Confinement.temporary(build.container()));
        if (build.spec().artifact()) {
            mounts.add(Parts.writable("artifacts", BuildCommand.ARTIFACTS));
        }
        if (exports) {
            mounts.add(Parts.part("cache", BuildCommand.EXPORTS, "exporting", false));
        }
        if (imported) {
            var folder = "generations/" + cache.seed().generation() + "/export";
            cache.read().forEach(claim -> mounts.add(Parts.part(claim, BuildCommand.IMPORTS, folder, true)));
        }
        // Literally: a user's build argument may have dollars of its own.
        var builder = new ContainerBuilder()
                .withName(build.container())
                .withImage(image)
                .withCommand(command.of(build, exports, imported).stream()
                        .map(Parts::literal)
                        .toList())
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .withEnv(Confinement.clientEnvironment())
                .withSecurityContext(Confinement.client(isolation))
                .withResources(Footprint.CLIENT.resources());
        if (secrets.push().containsKey(build.spec().name())) {
            mounts.add(Parts.readOnly("push-" + build.spec().name(), "/run/secrets/push"));
            builder.addNewEnv()
                    .withName("DOCKER_CONFIG")
                    .withValue("/run/secrets/push")
                    .endEnv();
        }
        return builder.withVolumeMounts(mounts).build();
    }
}
