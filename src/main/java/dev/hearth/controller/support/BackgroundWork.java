package dev.hearth.controller.support;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jboss.logging.Logger;

/**
 * Runs work that calls external servers outside of the reconcile threads, so that a host that hangs delays only the
 * resources that need it. A reconciler asks, gets the answer if there is one, and is triggered when a new answer
 * arrives. Answers are held in memory. After a restart they are asked for again. When the operator ends, work is interrupted with
 * the controller, before the lease is released: what it still tells a forge or creates could contradict the next leader.
 */
public final class BackgroundWork<P extends HasMetadata, V> {
    private static final Logger LOG = Logger.getLogger(BackgroundWork.class);

    /** How long the operator's end waits for work that was interrupted. */
    private static final Duration LAST_WORK = Duration.ofSeconds(3);

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<Subject, Answer<V>> answers = new ConcurrentHashMap<>();
    private final Events events;
    private final Clock clock;

    /** The event source of the given name must be registered with the controller. */
    public BackgroundWork(String name, Clock clock) {
        this.events = new Events(name);
        this.clock = clock;
    }

    public SimpleInboundEventSource<P> events() {
        return events;
    }

    /**
     * Returns the newest answer to a question. The question is asked if there is no answer or it is older than
     * {@code maxAge}.
     *
     * @param question what is asked; an answer to another question about the same topic does not count
     * @return empty until there is an answer; the old answer while a new one is being worked out
     */
    public Optional<Result<V>> ask(P about, String topic, String question, Duration maxAge, Callable<V> work) {
        var subject = new Subject(ResourceID.fromResource(about), topic);
        var now = clock.instant();
        var answer = answers.compute(subject, (_, known) -> {
            var same = known != null && known.question().equals(question);
            if (known != null && same && !known.outdated(now, maxAge)) {
                return known;
            }
            var previous = known != null && same ? known.result() : Optional.<Result<V>>empty();
            LOG.debugf("%s %s: starts work on %s", about.getKind(), subject.id(), topic);
            var started = new Answer<>(question, now, previous, true);
            try {
                threads.execute(() -> finish(subject, started, work));
            } catch (RejectedExecutionException e) {
                LOG.debugf("%s: the operator ends, and work on %s does not start", subject.id(), topic);
                return new Answer<>(question, now, previous, false);
            }
            return started;
        });
        return answer.result();
    }

    /** Returns the newest answer about a topic, to any question. It asks nothing. */
    public Optional<Result<V>> known(P about, String topic) {
        return Optional.ofNullable(answers.get(new Subject(ResourceID.fromResource(about), topic)))
                .flatMap(Answer::result);
    }

    /** Forgets the answers about a deleted or finished resource. */
    public void forget(P about) {
        var id = ResourceID.fromResource(about);
        answers.keySet().removeIf(subject -> subject.id().equals(id));
    }

    /** Forgets the answers about resources that no longer exist, for controllers that get no event of deletions. */
    public void retain(Predicate<ResourceID> exists) {
        answers.keySet().removeIf(subject -> !exists.test(subject.id()));
    }

    private void finish(Subject subject, Answer<V> started, Callable<V> work) {
        var result = Result.of(work);
        if (threads.isShutdown()) {
            return; // that it was interrupted is no answer
        }
        var finished = new Answer<>(started.question(), clock.instant(), Optional.of(result), false);
        LOG.debugf(
                "%s: work on %s has ended: %s",
                subject.id(), subject.topic(), result.getClass().getSimpleName());
        // Replaced only if no other question has been asked since.
        if (answers.replace(subject, started, finished)) {
            events.propagateEvent(subject.id());
        }
    }

    /** The event source of the answers. The SDK stops all of a controller at the same time, once it begins no other reconciliation. */
    private final class Events extends SimpleInboundEventSource<P> {
        Events(String name) {
            super(name);
        }

        @Override
        public void stop() {
            super.stop();
            threads.shutdownNow();
            try {
                if (!threads.awaitTermination(LAST_WORK.toMillis(), TimeUnit.MILLISECONDS)) {
                    LOG.warnf("background work on %s goes on while the operator ends", name());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** The outcome of a piece of work. */
    public sealed interface Result<V> {
        /** Returns what the work found. Empty if it failed. */
        default Optional<V> found() {
            return this instanceof Value<V>(V value) ? Optional.of(value) : Optional.empty();
        }

        record Value<V>(V value) implements Result<V> {}

        record Failure<V>(Exception cause) implements Result<V> {}

        @SuppressWarnings("IllegalCatch") // the failure is the answer
        static <V> Result<V> of(Callable<V> work) {
            try {
                return new Value<>(work.call());
            } catch (Exception e) {
                return new Failure<>(e);
            } catch (Error e) { // without an answer the question would count as being worked on for ever
                LOG.error("background work has failed", e);
                return new Failure<>(new ExecutionException(e));
            }
        }
    }

    private record Subject(ResourceID id, String topic) {}

    private record Answer<V>(String question, Instant at, Optional<Result<V>> result, boolean running) {
        boolean outdated(Instant now, Duration maxAge) {
            return !running && !now.isBefore(at.plus(maxAge));
        }
    }
}
