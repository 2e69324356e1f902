package dev.hearth.pod.build;

import dev.hearth.api.IsolationForm;
import dev.hearth.api.SeedMode;
import dev.hearth.buildkit.BuildCommand;
import dev.hearth.core.buildcache.CacheMount;
import dev.hearth.core.plan.Step;
import dev.hearth.pod.ContainerResources;
import dev.hearth.pod.PodParts;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.ArrayList;

/** A client of the daemon that builds one step, with no rights but to write where the step's files go. */
record SolveContainer(String image, BuildCommand command, CacheMount cache, IsolationForm isolation, boolean exports) {

    Container build(Step.Build build, BuildPod.Secrets secrets) {
        var imported = cache.seeding() && cache.seed().mode() == SeedMode.Import;
        var mounts = new ArrayList<VolumeMount>();
        mounts.add(PodParts.writable("sockets", BuildCommand.SOCKETS));
        mounts.add(IsolationSecurity.temporary(build.container()));
        if (build.spec().artifact()) {
            mounts.add(PodParts.writable("artifacts", BuildCommand.ARTIFACTS));
        }
        if (exports) {
            mounts.add(PodParts.part("cache", BuildCommand.EXPORTS, "exporting", false));
        }
        if (imported) {
            var folder = "generations/" + cache.seed().generation() + "/export";
            cache.readClaims().forEach(claim -> mounts.add(PodParts.part(claim, BuildCommand.IMPORTS, folder, true)));
        }
        // Literally: a user's build argument may have dollars of its own.
        var builder = new ContainerBuilder()
                .withName(build.container())
                .withImage(image)
                .withCommand(command.solve(build, exports, imported).stream()
                        .map(PodParts::literal)
                        .toList())
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .withEnv(IsolationSecurity.clientEnvironment())
                .withSecurityContext(IsolationSecurity.client(isolation))
                .withResources(ContainerResources.CLIENT.resources());
        if (secrets.push().containsKey(build.spec().name())) {
            mounts.add(PodParts.readOnly("push-" + build.spec().name(), "/run/secrets/push"));
            builder.addNewEnv()
                    .withName("DOCKER_CONFIG")
                    .withValue("/run/secrets/push")
                    .endEnv();
        }
        return builder.withVolumeMounts(mounts).build();
    }
}
