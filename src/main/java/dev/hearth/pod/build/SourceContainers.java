package dev.hearth.pod.build;

import dev.hearth.buildkit.DaemonScript;
import dev.hearth.pod.ContainerResources;
import dev.hearth.pod.PodParts;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.List;

/**
 * How BuildKit gets a commit that only credentials can read. One container has them, fetches the commit and has ended
 * before there is a daemon; another serves that commit as long as there is one.
 *
 * @param image with a shell, coreutils and git
 * @param url of the repository
 * @param commit 40 hexadecimal digits
 */
public record SourceContainers(String image, String url, String commit) {
    public static final String FETCH = "fetch";

    private static final String SERVE = "source";
    private static final String FOLDER = "/source";
    private static final String REPOSITORY = FOLDER + "/commit.git";
    private static final String CREDENTIALS = "/run/secrets/git";
    private static final String ADDRESS = "127.0.0.1";
    private static final String PORT = "9418";

    /**
     * Where the daemon finds the commit. Steps share its network and may read here too, which gives them nothing: it is
     * the tree that they are built from, without history.
     */
    static final String URL = "git://" + ADDRESS + ":" + PORT + "/commit.git";

    /** The kubelet ends the pod beyond; the checked out tree, which is larger, has to fit the cache volume as well. */
    private static final Quantity LARGEST = new Quantity("10Gi");

    /** Any user but root. */
    private static final long USER = 65532;

    static List<Volume> volumes(String secret) {
        return List.of(PodParts.secret("git", secret), PodParts.empty("source", LARGEST));
    }

    /** Alone has the credentials; nothing of the run is near. */
    Container fetch() {
        return container(
                        FETCH,
                        DaemonScript.FETCH,
                        PodParts.writable("source", FOLDER),
                        PodParts.readOnly("git", CREDENTIALS))
                .addToCommand(PodParts.literal(url), commit, REPOSITORY, CREDENTIALS)
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .build();
    }

    Container serve() {
        return container(SERVE, DaemonScript.SERVE, PodParts.readOnly("source", FOLDER))
                .addToCommand(REPOSITORY, ADDRESS, PORT)
                .withRestartPolicy("Always")
                // The kubelet starts the daemon after this. No probe: one over TCP cannot come to loopback, and any
                // looks once a second.
                .withNewLifecycle()
                .withNewPostStart()
                .withNewExec()
                .withCommand("/bin/sh", "-c", "until git ls-remote -q \"$0\" >/dev/null 2>&1; do sleep 0.05; done", URL)
                .endExec()
                .endPostStart()
                .endLifecycle()
                .build();
    }

    private ContainerBuilder container(String name, DaemonScript script, VolumeMount... mounts) {
        return new ContainerBuilder()
                .withName(name)
                .withImage(image)
                .withCommand("/bin/sh", "-c", PodParts.literal(script.text()), name)
                .withSecurityContext(PodParts.unprivileged()
                        .withRunAsNonRoot(true)
                        .withRunAsUser(USER)
                        .withRunAsGroup(USER)
                        .build())
                .withResources(ContainerResources.FETCH.with(LARGEST))
                .withVolumeMounts(mounts);
    }
}
