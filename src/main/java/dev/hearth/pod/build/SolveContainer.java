package dev.hearth.pod.build;

import dev.hearth.api.IsolationForm;
import dev.hearth.api.SeedMode;
import dev.hearth.buildkit.BuildRequests;
import dev.hearth.core.buildcache.CacheMount;
import dev.hearth.core.plan.Names;
import dev.hearth.core.plan.Step;
import dev.hearth.pod.AgentContainer;
import dev.hearth.pod.ContainerResources;
import dev.hearth.pod.PodVolumes;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.ArrayList;

/** The container of one solve: a client of the daemon. It can write only the folders of its exported files. */
record SolveContainer(
        String image,
        BuildRequests requests,
        CacheMount cache,
        IsolationForm isolation,
        boolean exports,
        int reportBytes) {

    /** The folder of a cache volume to which caches are exported. */
    static final String EXPORTING = "exporting";

    Container build(Step.Build build, BuildPod.Secrets secrets) {
        var imported = cache.seeding() && cache.seed().mode() == SeedMode.Import;
        var mounts = new ArrayList<VolumeMount>();
        mounts.add(PodVolumes.writable("sockets", BuildRequests.SOCKETS));
        mounts.add(IsolationSecurity.temporary(build.container()));
        if (build.spec().artifact()) {
            mounts.add(PodVolumes.subPath(BuildPod.CACHE, BuildRequests.ARTIFACTS, Names.ARTIFACTS, false));
        }
        if (exports) {
            mounts.add(PodVolumes.subPath(BuildPod.CACHE, BuildRequests.EXPORTS, EXPORTING, false));
        }
        if (imported) {
            var folder = "generations/" + cache.seed().generation() + "/export";
            cache.readClaims()
                    .forEach(claim -> mounts.add(PodVolumes.subPath(claim, BuildRequests.IMPORTS, folder, true)));
        }
        var builder = AgentContainer.of(
                        build.container(), image, "solve", requests.solve(build, exports, imported, reportBytes))
                .withTerminationMessagePolicy("FallbackToLogsOnError")
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
