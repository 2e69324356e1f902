package dev.hearth.pod.build;

import dev.hearth.agent.FetchRequest;
import dev.hearth.agent.ServeRequest;
import dev.hearth.pod.AgentContainer;
import dev.hearth.pod.ContainerParts;
import dev.hearth.pod.ContainerResources;
import dev.hearth.pod.PodRequests;
import dev.hearth.pod.PodVolumes;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.time.Duration;
import java.util.List;

/**
 * The containers that give BuildKit a commit of a private repository. The first has the credentials, fetches the commit
 * and ends before the solves start. The second serves the commit to the daemon.
 *
 * @param image image of the agent
 * @param url URL of the repository
 * @param commit 40 hexadecimal digits
 * @param within how long the first waits for its request
 */
public record SourceContainers(String image, String url, String commit, Duration within) {
    public static final String FETCH = "fetch";

    private static final String SERVE = "source";
    private static final String FOLDER = "/source";
    private static final String REPOSITORY = FOLDER + "/commit.git";
    private static final String CREDENTIALS = "/run/secrets/git";
    private static final String ADDRESS = "127.0.0.1:9418";

    /**
     * The URL from which the daemon fetches the commit. Build steps share the daemon's network and can fetch it too.
     * They gain nothing: it is the tree that they are built from, without history.
     */
    static final String URL = "git://" + ADDRESS + "/commit.git";

    /** Size limit of the fetched commit. Its checked-out tree is larger and has to fit on the cache volume too. */
    private static final Quantity LARGEST = new Quantity("10Gi");

    /** The user nobody of most images: ssh does not run as a user without a name. */
    private static final long USER = 65534;

    static List<Volume> volumes(String secret) {
        return List.of(PodVolumes.secret("git", secret), PodVolumes.empty("source", LARGEST));
    }

    FetchRequest request() {
        return new FetchRequest(url, commit, REPOSITORY, CREDENTIALS);
    }

    /** Returns the only container that has the credentials. It runs no code of the pipeline. */
    Container fetch() {
        return limited(
                        AgentContainer.later(FETCH, image, "fetch", within),
                        PodVolumes.writable("source", FOLDER),
                        PodVolumes.readOnly("git", CREDENTIALS),
                        PodRequests.mount())
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .build();
    }

    /** Returns the sidecar that serves the fetched commit. */
    Container serve() {
        return limited(
                        AgentContainer.of(SERVE, image, "serve", new ServeRequest(REPOSITORY, ADDRESS)),
                        PodVolumes.readOnly("source", FOLDER))
                .withRestartPolicy("Always")
                // The kubelet starts the solves after this hook. A TCP probe cannot reach the loopback interface, and
                // every probe runs at most once a second.
                .withNewLifecycle()
                .withNewPostStart()
                .withNewExec()
                .withCommand(AgentContainer.command("serve-ready"))
                .endExec()
                .endPostStart()
                .endLifecycle()
                .build();
    }

    private static ContainerBuilder limited(ContainerBuilder container, VolumeMount... mounts) {
        return container
                .withSecurityContext(ContainerParts.unprivileged()
                        .withRunAsNonRoot(true)
                        .withRunAsUser(USER)
                        .withRunAsGroup(USER)
                        .build())
                .withResources(ContainerResources.FETCH.withDisk(LARGEST))
                .withVolumeMounts(mounts);
    }
}
