package dev.hearth.pod.build;

import dev.hearth.agent.SolveRequest;
import dev.hearth.api.IsolationForm;
import dev.hearth.api.SeedMode;
import dev.hearth.buildkit.BuildRequests;
import dev.hearth.core.buildcache.CacheMount;
import dev.hearth.core.plan.Names;
import dev.hearth.core.plan.Step;
import dev.hearth.pod.AgentContainer;
import dev.hearth.pod.ContainerResources;
import dev.hearth.pod.PodRequests;
import dev.hearth.pod.PodVolumes;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.time.Duration;
import java.util.ArrayList;

/**
 * The container of one solve: a client of the daemon. It can write only the folders of its exported files.
 *
 * @param within how long it waits for its request
 */
record SolveContainer(
        String image,
        Duration within,
        BuildRequests requests,
        CacheMount cache,
        IsolationForm isolation,
        boolean exports,
        int reportBytes) {

    /** The folder of a cache volume to which caches are exported. */
    static final String EXPORTING = "exporting";

    SolveRequest request(Step.Build build) {
        return requests.solve(build, exports, imports(), reportBytes);
    }

    Container build(Step.Build build, BuildPod.Secrets secrets) {
        var mounts = new ArrayList<VolumeMount>();
        mounts.add(PodVolumes.writable("sockets", BuildRequests.SOCKETS));
        mounts.add(PodRequests.mount());
        mounts.add(IsolationSecurity.temporary(build.container()));
        if (build.spec().artifact()) {
            mounts.add(PodVolumes.subPath(BuildPod.CACHE, BuildRequests.ARTIFACTS, Names.ARTIFACTS, false));
        }
        if (exports) {
            mounts.add(PodVolumes.subPath(BuildPod.CACHE, BuildRequests.EXPORTS, EXPORTING, false));
        }
        if (imports()) {
            var folder = "generations/" + cache.seed().generation() + "/export";
            cache.readClaims()
                    .forEach(claim -> mounts.add(PodVolumes.subPath(claim, BuildRequests.IMPORTS, folder, true)));
        }
        var builder = AgentContainer.later(build.container(), image, "solve", within)
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

    private boolean imports() {
        return cache.seeding() && cache.seed().mode() == SeedMode.Import;
    }
}
