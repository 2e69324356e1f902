package dev.hearth.pod.build;

import dev.hearth.api.IsolationForm;
import dev.hearth.api.SeedMode;
import dev.hearth.buildkit.BuildCommand;
import dev.hearth.core.buildcache.CacheMount;
import dev.hearth.core.plan.Step;
import dev.hearth.pod.ContainerParts;
import dev.hearth.pod.ContainerResources;
import dev.hearth.pod.PodVolumes;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.ArrayList;

/** The container of one solve: a client of the daemon. It can write only the folders of its exported files. */
record SolveContainer(String image, BuildCommand command, CacheMount cache, IsolationForm isolation, boolean exports) {

    Container build(Step.Build build, BuildPod.Secrets secrets) {
        var imported = cache.seeding() && cache.seed().mode() == SeedMode.Import;
        var mounts = new ArrayList<VolumeMount>();
        mounts.add(PodVolumes.writable("sockets", BuildCommand.SOCKETS));
        mounts.add(IsolationSecurity.temporary(build.container()));
        if (build.spec().artifact()) {
            mounts.add(PodVolumes.writable("artifacts", BuildCommand.ARTIFACTS));
        }
        if (exports) {
            mounts.add(PodVolumes.subPath("cache", BuildCommand.EXPORTS, "exporting", false));
        }
        if (imported) {
            var folder = "generations/" + cache.seed().generation() + "/export";
            cache.readClaims()
                    .forEach(claim -> mounts.add(PodVolumes.subPath(claim, BuildCommand.IMPORTS, folder, true)));
        }
        // Escaped, because a build argument of a user can contain dollar signs.
        var builder = new ContainerBuilder()
                .withName(build.container())
                .withImage(image)
                .withCommand(command.solve(build, exports, imported).stream()
                        .map(ContainerParts::literal)
                        .toList())
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .withEnv(IsolationSecurity.clientEnvironment())
                .withSecurityContext(IsolationSecurity.client(isolation))
                .withResources(ContainerResources.CLIENT.resources());
        if (secrets.push().containsKey(build.spec().name())) {
            mounts.add(PodVolumes.readOnly("push-" + build.spec().name(), "/run/secrets/push"));
            builder.addNewEnv()
                    .withName("DOCKER_CONFIG")
                    .withValue("/run/secrets/push")
                    .endEnv();
        }
        return builder.withVolumeMounts(mounts).build();
    }
}
