package dev.hearth.controller.preflight;

import dev.hearth.api.Reason;
import dev.hearth.core.isolation.PreflightResult.Result;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * What trials have shown, by what was tried. A certain answer counts for an hour; it is in memory alone, so that after a
 * restart everything is tried again.
 */
public final class PreflightMemory<K> {
    private static final Duration LASTS = Duration.ofHours(1);

    /** For how long an answer that does not count any more is kept, for want of a newer one. */
    private static final Duration KEPT = Duration.ofDays(1);

    /** For how long an uncertain answer is used by those who do not wait for another. */
    private static final Duration UNCERTAIN_LASTS = Duration.ofMinutes(5);

    private final Clock clock;
    private final Map<K, Attempt> certain = new ConcurrentHashMap<>();
    private final Map<K, Attempt> latest = new ConcurrentHashMap<>();
    private final Map<K, ReentrantLock> locks = new ConcurrentHashMap<>();

    public PreflightMemory(Clock clock) {
        this.clock = clock;
    }

    /** The certain answer that counts now. */
    public Optional<Result> lookUp(K what) {
        return lookUp(what, Instant.EPOCH).filter(this::counts).map(Attempt::result);
    }

    /** The newest answer, certain or not, as long as it says something about now. */
    public Optional<Result> recent(K what) {
        return lookUp(what)
                .or(() -> Optional.ofNullable(latest.get(what))
                        .filter(it -> it.at().plus(UNCERTAIN_LASTS).isAfter(clock.instant()))
                        .map(Attempt::result));
    }

    /** The last certain answer of the last day. */
    public Optional<Result> last(K what) {
        return lookUp(what, Instant.EPOCH).map(Attempt::result);
    }

    /**
     * The answer that is known, or that the attempt gives. Blocks: of each thing there is one attempt at a time.
     *
     * @param since what was found before then does not count
     */
    public Result find(K what, Instant since, Supplier<Result> attempt) {
        var asked = clock.instant();
        var lock = locks.computeIfAbsent(what, _ -> new ReentrantLock());
        lock.lock();
        try {
            var known = lookUp(what, since);
            if (known.filter(this::counts).isPresent()) {
                return known.get().result();
            }
            var meanwhile =
                    Optional.ofNullable(latest.get(what)).filter(it -> it.at().isAfter(asked));
            var result = meanwhile.map(Attempt::result).orElseGet(() -> attempt(what, attempt));
            return switch (result) {
                case Result.Possible _, Result.Impossible _ -> result;
                // An old answer is better than none.
                case Result.Delayed _, Result.Hindered _ ->
                    known.map(Attempt::result).orElse(result);
            };
        } finally {
            lock.unlock();
        }
    }

    /** Forgets the certain answers about these. */
    public void forget(Predicate<K> which) {
        certain.keySet().removeIf(which);
    }

    private Result attempt(K what, Supplier<Result> attempt) {
        var result = attempt.get();
        if (result instanceof Result.Impossible(var why) && why.reason() == Reason.PreflightFailed) {
            result = attempt.get(); // the node may have been busy for a moment
        }
        var made = new Attempt(clock.instant(), result);
        var old = made.at().minus(KEPT);
        Stream.of(certain, latest)
                .forEach(answers ->
                        answers.values().removeIf(answer -> answer.at().isBefore(old)));
        latest.put(what, made);
        if (result instanceof Result.Possible || result instanceof Result.Impossible) {
            certain.put(what, made);
        }
        return result;
    }

    private Optional<Attempt> lookUp(K what, Instant since) {
        return Optional.ofNullable(certain.get(what)).filter(it -> it.at().isAfter(since));
    }

    private boolean counts(Attempt attempt) {
        return attempt.at().plus(LASTS).isAfter(clock.instant());
    }

    private record Attempt(Instant at, Result result) {}
}
