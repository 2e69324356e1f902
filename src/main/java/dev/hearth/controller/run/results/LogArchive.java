package dev.hearth.controller.run.results;

import dev.hearth.buildkit.BuildTraceFile;
import dev.hearth.buildkit.DaemonLog;
import dev.hearth.cluster.PodLogs;
import dev.hearth.controller.run.context.RunContext;
import dev.hearth.core.text.Mask;
import dev.hearth.core.text.PlainText;
import dev.hearth.results.ResultStore;
import dev.hearth.results.ResultsFull;
import dev.hearth.results.RunId;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * Copies the logs of steps to the result store, and the traces of builds that are in them, in the background, so that they
 * outlive their pods. Each call, also after a restart, copies what the store does not have yet. A log that cannot be stored
 * is reported in the operator's log and fails no run.
 */
@ApplicationScoped
public class LogArchive {
    private static final Logger LOG = Logger.getLogger(LogArchive.class);

    /** Pauses between attempts. After the last one, the next reconciliation of the run tries again. */
    private static final List<Duration> RETRIES = List.of(Duration.ofSeconds(1), Duration.ofSeconds(15));

    /** The end of a log that was read before its container had ended. */
    private static final String STILL_RUNNING =
            "\n[hearth: the container was still running, and what it wrote later may be missing]\n";

    /** The most characters of each text of a trace. */
    private static final int LONGEST_TEXT = 1000;

    /** The agent cuts texts of traces at 512 bytes, between two characters. */
    private static final int CUT_FROM = 509;

    /** Opens the log of a container. */
    interface Source {
        InputStream open(String namespace, StepLog log) throws IOException;
    }

    private final ResultStore store;
    private final Source source;
    private final Function<RunContext, Set<String>> secrets;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Set<Job> started = ConcurrentHashMap.newKeySet();

    /** Logs that were read while their containers ran, or are being read. The whole log replaces them if it can be read. */
    private final Map<Job, CompletableFuture<Void>> beginnings = new ConcurrentHashMap<>();

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

    /** Starts to store the logs of containers that have ended, and returns at once. */
    public void keep(RunContext run) {
        var id = RunId.of(run.resource());
        StepLog.of(run).stream()
                .map(log -> new Job(id, log))
                .filter(started::add)
                .forEach(job -> threads.execute(() -> keep(job, () -> secrets.apply(run))));
    }

    /**
     * Stores what the running containers of a pod have written so far, and returns when that is done or the time is over. What
     * takes longer goes on.
     */
    void keepBeginnings(RunContext run, Pod pod, Duration patience) throws InterruptedException {
        var id = RunId.of(run.resource());
        var all = StepLog.ofRunning(run, pod).stream()
                .map(log -> new Job(id, log))
                .map(job -> beginnings.computeIfAbsent(
                        job, _ -> CompletableFuture.runAsync(() -> readBeginning(job, run), threads)))
                .toArray(CompletableFuture[]::new);
        try {
            CompletableFuture.allOf(all).get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.warnf(
                    "logs of pod %s/%s could not be read within %s, and the pod is deleted all the same",
                    run.namespace(), pod.getMetadata().getName(), patience);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    @SuppressWarnings("IllegalCatch") // the pod is deleted all the same
    private void readBeginning(Job job, RunContext run) {
        try {
            read(job, STILL_RUNNING, () -> secrets.apply(run));
        } catch (IOException | RuntimeException e) {
            failed(job, e);
        }
    }

    /** Forgets runs that no longer exist. */
    public void retain(Predicate<RunId> existing) {
        started.removeIf(job -> !existing.test(job.run()));
        beginnings.keySet().removeIf(job -> !existing.test(job.run()));
    }

    private void keep(Job job, Supplier<Set<String>> secrets) {
        try {
            for (Duration pause : RETRIES) {
                if (isStored(job, secrets)) {
                    return;
                }
                Thread.sleep(pause);
            }
            if (!isStored(job, secrets)) {
                started.remove(job);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @SuppressWarnings("IllegalCatch") // any failure may be transient
    private boolean isStored(Job job, Supplier<Set<String>> secrets) {
        try {
            var beginning = beginnings.get(job);
            if (beginning != null) {
                beginning.join(); // or it could replace the whole log
            }
            if (beginning != null
                    || !store.hasLog(job.run(), job.log().step(), job.log().name())) {
                read(job, "", secrets);
                beginnings.remove(job);
            }
            return true;
        } catch (KubernetesClientException e) {
            if (isGone(e, job.log())) {
                return true;
            }
            return failed(job, e);
        } catch (PodLogs.UnreadableLog e) {
            return job.log().earlier() || failed(job, e);
        } catch (ResultsFull e) {
            return true; // the store reports that it is full; another attempt would not change that
        } catch (IOException | RuntimeException e) {
            return failed(job, e);
        }
    }

    /**
     * Whether the log no longer exists: its pod was deleted, or the kubelet has dropped the log of a former container.
     */
    private static boolean isGone(KubernetesClientException e, StepLog log) {
        return e.getCode() == HttpURLConnection.HTTP_NOT_FOUND
                || (log.earlier() && e.getCode() == HttpURLConnection.HTTP_BAD_REQUEST);
    }

    private void read(Job job, String end, Supplier<Set<String>> secrets) throws IOException {
        var log = job.log();
        try (var opened = source.open(job.run().namespace(), log);
                var content = new SequenceInputStream(
                        opened, new ByteArrayInputStream(end.getBytes(StandardCharsets.UTF_8)))) {
            // Secrets are read one log at a time, so that few are in memory.
            var hidden = secrets.get();
            var text = log.trace()
                    .<InputStream>map(trace -> new DaemonLog(
                            content, trace.solve(), compressed -> keepTrace(job, trace.file(), compressed, hidden)))
                    .orElse(content);
            store.keepLog(job.run(), log.step(), log.name(), text, hidden);
        }
    }

    /**
     * Stores a trace, before the log that it is in: a log that is stored is not read again. A trace that cannot be stored is lost,
     * and the log is not.
     */
    @SuppressWarnings("IllegalCatch") // a log is stored even if its trace is broken
    private void keepTrace(Job job, String file, byte[] compressed, Set<String> secrets) {
        var mask = Mask.of(inOneLine(secrets));
        if (mask.hidesAll()) {
            return;
        }
        try {
            var trace = BuildTraceFile.read(compressed)
                    .orElseThrow(() -> new IOException("it is no trace"))
                    .with(text -> masked(mask, PlainText.line(text, LONGEST_TEXT)));
            var content = new ByteArrayInputStream(BuildTraceFile.write(trace));
            store.keepFile(job.run(), job.log().step(), file, content);
        } catch (IOException | RuntimeException e) {
            LOG.warnf(
                    "the trace of step %s in pod %s/%s is not stored: %s",
                    job.log().step(), job.run().namespace(), job.log().pod(), e);
        }
    }

    /**
     * Masks a text. A beginning of a Secret counts as the Secret only where the text may have been cut: a Dockerfile could else
     * try beginnings, and see which are masked.
     */
    private static String masked(Mask mask, String text) {
        return text.getBytes(StandardCharsets.UTF_8).length < CUT_FROM
                ? mask.apply(text)
                : mask.applyToCut(text.replace('\u2026', '.'));
    }

    /** Returns the values, and also their forms in a text of one line, which has no tabs. */
    private static Set<String> inOneLine(Set<String> values) {
        return values.stream()
                .flatMap(value -> Stream.of(value, value.replace('\t', ' ')))
                .collect(Collectors.toSet());
    }

    private static boolean failed(Job job, Exception cause) {
        LOG.warnf(
                "the log of container %s of pod %s/%s is not stored yet: %s",
                job.log().container(), job.run().namespace(), job.log().pod(), cause);
        return false;
    }

    private record Job(RunId run, StepLog log) {}
}
