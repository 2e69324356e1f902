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
 * Remembers results of preflights. A certain result, positive or negative, is valid for an hour. Results are held in
 * memory, so every preflight runs again after a restart.
 */
public final class PreflightMemory<K> {
    private static final Duration VALID = Duration.ofHours(1);

    /** How long an expired result is kept, in case there is no newer one. */
    private static final Duration KEPT = Duration.ofDays(1);

    /** How long an uncertain result is used by callers that do not wait for another. */
    private static final Duration UNCERTAIN_VALID = Duration.ofMinutes(5);

    private final Clock clock;
    private final Map<K, Attempt> certain = new ConcurrentHashMap<>();
    private final Map<K, Attempt> latest = new ConcurrentHashMap<>();
    private final Map<K, ReentrantLock> locks = new ConcurrentHashMap<>();

    public PreflightMemory(Clock clock) {
        this.clock = clock;
    }

    /** Returns the valid certain result. Empty if there is none. */
    public Optional<Result> lookUp(K key) {
        return lookUp(key, Instant.EPOCH).filter(this::isValid).map(Attempt::result);
    }

    /** Returns the newest valid result, certain or not. Empty if there is none. */
    public Optional<Result> recent(K key) {
        return lookUp(key)
                .or(() -> Optional.ofNullable(latest.get(key))
                        .filter(it -> it.at().plus(UNCERTAIN_VALID).isAfter(clock.instant()))
                        .map(Attempt::result));
    }

    /** Returns the last certain result of the last day. Empty if there is none. */
    public Optional<Result> last(K key) {
        return lookUp(key, Instant.EPOCH).map(Attempt::result);
    }

    /**
     * Returns the valid certain result, or that of a new preflight. Blocks until it has ended. There is one preflight
     * per key at a time, and callers that wait for it share its result.
     *
     * @param since earlier results do not count
     */
    public Result find(K key, Instant since, Supplier<Result> preflight) {
        var requestedAt = clock.instant();
        var lock = locks.computeIfAbsent(key, _ -> new ReentrantLock());
        lock.lock();
        try {
            var known = lookUp(key, since);
            if (known.filter(this::isValid).isPresent()) {
                return known.get().result();
            }
            var meanwhile =
                    Optional.ofNullable(latest.get(key)).filter(it -> it.at().isAfter(requestedAt));
            var result = meanwhile.map(Attempt::result).orElseGet(() -> attempt(key, preflight));
            return switch (result) {
                case Result.Possible _, Result.Impossible _ -> result;
                // An expired result is better than none.
                case Result.Delayed _, Result.Hindered _ ->
                    known.map(Attempt::result).orElse(result);
            };
        } finally {
            lock.unlock();
        }
    }

    /** Forgets the certain results of these keys. */
    public void forget(Predicate<K> which) {
        certain.keySet().removeIf(which);
    }

    private Result attempt(K key, Supplier<Result> preflight) {
        var result = preflight.get();
        if (result instanceof Result.Impossible(var why) && why.reason() == Reason.PreflightFailed) {
            result = preflight.get(); // the node may have been overloaded for a moment
        }
        var made = new Attempt(clock.instant(), result);
        var old = made.at().minus(KEPT);
        Stream.of(certain, latest)
                .forEach(answers ->
                        answers.values().removeIf(answer -> answer.at().isBefore(old)));
        latest.put(key, made);
        if (result instanceof Result.Possible || result instanceof Result.Impossible) {
            certain.put(key, made);
        }
        return result;
    }

    private Optional<Attempt> lookUp(K key, Instant since) {
        return Optional.ofNullable(certain.get(key)).filter(it -> it.at().isAfter(since));
    }

    private boolean isValid(Attempt attempt) {
        return attempt.at().plus(VALID).isAfter(clock.instant());
    }

    private record Attempt(Instant at, Result result) {}
}
