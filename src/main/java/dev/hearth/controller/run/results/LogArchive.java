package dev.hearth.controller.run.results;

import dev.hearth.cluster.PodLogs;
import dev.hearth.controller.run.context.RunContext;
import dev.hearth.results.ResultStore;
import dev.hearth.results.ResultsFull;
import dev.hearth.results.RunId;
import io.fabric8.kubernetes.client.KubernetesClientException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Brings logs of steps into the result store, in the background, so that they outlive their pods. Looks at what there is
 * and what is kept: called again, also after a restart, it reads what is missing. A log that cannot be kept is said in
 * the operator's own log and fails nothing.
 */
@ApplicationScoped
public class LogArchive {
    private static final Logger LOG = Logger.getLogger(LogArchive.class);

    /** After these it is tried when the run is next looked at, which is every few minutes. */
    private static final List<Duration> RETRIES = List.of(Duration.ofSeconds(1), Duration.ofSeconds(15));

    /** Opens what a container wrote. */
    interface Source {
        InputStream open(String namespace, StepLog log) throws IOException;
    }

    private final ResultStore store;
    private final Source source;
    private final Function<RunContext, Set<String>> secrets;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Set<Job> begun = ConcurrentHashMap.newKeySet();

    @Inject
    public LogArchive(ResultStore store, PodLogs logs, RunSecretValues secrets) {
        this(
                store,
                (namespace, log) -> log.earlier()
                        ? logs.openPrevious(namespace, log.pod(), log.container())
                        : logs.open(namespace, log.pod(), log.container()),
                secrets::read);
    }

    LogArchive(ResultStore store, Source source, Function<RunContext, Set<String>> secrets) {
        this.store = store;
        this.source = source;
        this.secrets = secrets;
    }

    /** Sees to it that logs of containers that have ended are kept, and returns at once. */
    public void keep(RunContext view) {
        var run = RunId.of(view.run());
        StepLog.of(view).stream()
                .map(log -> new Job(run, log))
                .filter(begun::add)
                .forEach(job -> threads.execute(() -> keep(job, () -> secrets.apply(view))));
    }

    /** Forgets what was kept of all other runs. */
    public void retain(Predicate<RunId> existing) {
        begun.removeIf(job -> !existing.test(job.run()));
    }

    private void keep(Job job, Supplier<Set<String>> secrets) {
        try {
            for (Duration pause : RETRIES) {
                if (isKept(job, secrets)) {
                    return;
                }
                Thread.sleep(pause);
            }
            if (!isKept(job, secrets)) {
                begun.remove(job);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @SuppressWarnings("IllegalCatch") // whatever went wrong may be over when it is tried again
    private boolean isKept(Job job, Supplier<Set<String>> secrets) {
        try {
            if (!store.hasLog(job.run(), job.log().step(), job.log().name())) {
                read(job, secrets);
            }
            return true;
        } catch (KubernetesClientException e) {
            if (isGone(e, job.log())) {
                return true;
            }
            return failed(job, e);
        } catch (ResultsFull e) {
            return true; // and will be the next time
        } catch (IOException | RuntimeException e) {
            return failed(job, e);
        }
    }

    /** Its pod, or what the kubelet had of the time before the container was started again. */
    private static boolean isGone(KubernetesClientException e, StepLog log) {
        return e.getCode() == HttpURLConnection.HTTP_NOT_FOUND
                || (log.earlier() && e.getCode() == HttpURLConnection.HTTP_BAD_REQUEST);
    }

    private void read(Job job, Supplier<Set<String>> secrets) throws IOException {
        var log = job.log();
        try (var content = source.open(job.run().namespace(), log)) {
            // Within the log's turn, so that few Secrets are read at once.
            store.keepLog(job.run(), log.step(), log.name(), content, secrets.get());
        }
    }

    private static boolean failed(Job job, Exception cause) {
        LOG.warnf(
                "the log of container %s of pod %s/%s is not kept yet: %s",
                job.log().container(), job.run().namespace(), job.log().pod(), cause);
        return false;
    }

    private record Job(RunId run, StepLog log) {}
}
