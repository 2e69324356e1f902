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
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Predicate;

/**
 * Work that talks to somebody else's server, away from the threads that reconcile: a host that hangs delays its own
 * resource only. A reconciler asks, gets the answer if there is one, and is called again when it arrives. Answers live in
 * memory alone; after a restart they are asked for again.
 */
public final class BackgroundWork<P extends HasMetadata, V> {
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<Subject, Answer<V>> answers = new ConcurrentHashMap<>();
    private final SimpleInboundEventSource<P> events;
    private final Clock clock;

    /** An event source of the given name has to be registered with the controller. */
    public BackgroundWork(String name, Clock clock) {
        this.events = new SimpleInboundEventSource<>(name);
        this.clock = clock;
    }

    public SimpleInboundEventSource<P> events() {
        return events;
    }

    /**
     * The newest answer to a question, which is asked (again) if there is none or it is older than {@code maxAge}.
     *
     * @param question what is asked; an answer to another question about the same subject does not count
     * @return empty while nothing has been answered; an old answer while a new one is on its way
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
            var begun = new Answer<>(question, now, previous, true);
            threads.execute(() -> finish(subject, begun, work));
            return begun;
        });
        return answer.result();
    }

    /** The newest answer about a topic, whatever was asked; asks nothing. */
    public Optional<Result<V>> known(P about, String topic) {
        return Optional.ofNullable(answers.get(new Subject(ResourceID.fromResource(about), topic)))
                .flatMap(Answer::result);
    }

    /** Forgets everything about a resource that is gone or done. */
    public void forget(P about) {
        var id = ResourceID.fromResource(about);
        answers.keySet().removeIf(subject -> subject.id().equals(id));
    }

    /** Forgets everything about resources that are gone, of which nobody tells. */
    public void retain(Predicate<ResourceID> exists) {
        answers.keySet().removeIf(subject -> !exists.test(subject.id()));
    }

    private void finish(Subject subject, Answer<V> begun, Callable<V> work) {
        var result = Result.of(work);
        var finished = new Answer<>(begun.question(), clock.instant(), Optional.of(result), false);
        // Replaced only where it is still wanted: meanwhile another question may have been asked.
        if (answers.replace(subject, begun, finished)) {
            events.propagateEvent(subject.id());
        }
    }

    /** What came of a piece of work. */
    public sealed interface Result<V> {
        record Value<V>(V value) implements Result<V> {}

        record Failure<V>(Exception cause) implements Result<V> {}

        @SuppressWarnings("IllegalCatch") // whatever went wrong is the answer
        static <V> Result<V> of(Callable<V> work) {
            try {
                return new Value<>(work.call());
            } catch (Exception e) {
                return new Failure<>(e);
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
