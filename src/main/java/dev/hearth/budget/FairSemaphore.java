package dev.hearth.budget;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A semaphore that is fair between namespaces. The namespace that holds the fewest turns gets the next one; among
 * several, the one that was served longest ago. A namespace therefore waits for at most as many turns as there are
 * namespaces, however many threads of another namespace wait.
 */
public final class FairSemaphore {
    private final int most;
    private final int mostEach;
    private final ReentrantLock lock = new ReentrantLock();
    private final List<Waiter> waiters = new ArrayList<>();
    private final Map<String, Integer> held = new HashMap<>();
    private final Map<String, Long> served = new HashMap<>();
    private long grants;

    /**
     * Creates a semaphore.
     *
     * @param most number of turns
     * @param mostEach number of turns that one namespace may hold
     */
    public FairSemaphore(int most, int mostEach) {
        this.most = most;
        this.mostEach = mostEach;
    }

    /** Waits for a turn. Returns false if none became free in time. */
    public boolean take(String namespace, long nanos) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            var waiter = new Waiter(namespace, lock.newCondition());
            waiters.add(waiter);
            grant();
            var left = nanos;
            try {
                while (!waiter.granted && left > 0) {
                    left = waiter.changed.awaitNanos(left);
                }
            } catch (InterruptedException e) {
                leave(waiter);
                throw e;
            }
            if (!waiter.granted) {
                leave(waiter);
            }
            return waiter.granted;
        } finally {
            lock.unlock();
        }
    }

    /** Gives back one turn. */
    public void give(String namespace) {
        lock.lock();
        try {
            held.computeIfPresent(namespace, (_, count) -> count == 1 ? null : count - 1);
            grant();
            forget();
        } finally {
            lock.unlock();
        }
    }

    /** Returns the number of waiting threads. */
    int waiting() {
        lock.lock();
        try {
            return waiters.size();
        } finally {
            lock.unlock();
        }
    }

    /** Removes a waiter. It may have been granted a turn at the moment when it stopped waiting. */
    private void leave(Waiter waiter) {
        if (waiter.granted) {
            give(waiter.namespace);
        } else {
            waiters.remove(waiter);
            forget();
        }
    }

    private void grant() {
        for (var next = next(); next.isPresent(); next = next()) {
            var waiter = next.get();
            waiters.remove(waiter);
            held.merge(waiter.namespace, 1, Integer::sum);
            served.put(waiter.namespace, ++grants);
            waiter.granted = true;
            waiter.changed.signal();
        }
    }

    private Optional<Waiter> next() {
        return taken() >= most
                ? Optional.empty()
                : waiters.stream()
                        .filter(waiter -> count(waiter.namespace) < mostEach)
                        .min(Comparator.<Waiter>comparingInt(waiter -> count(waiter.namespace))
                                .thenComparingLong(waiter -> served.getOrDefault(waiter.namespace, 0L)));
    }

    private int taken() {
        return held.values().stream().mapToInt(Integer::intValue).sum();
    }

    private int count(String namespace) {
        return held.getOrDefault(namespace, 0);
    }

    /**
     * Forgets who was served, but only when no thread holds or waits for a turn: otherwise a namespace could seem new.
     */
    private void forget() {
        if (held.isEmpty() && waiters.isEmpty()) {
            served.clear();
        }
    }

    private static final class Waiter {
        private final String namespace;
        private final Condition changed;
        private boolean granted;

        Waiter(String namespace, Condition changed) {
            this.namespace = namespace;
            this.changed = changed;
        }
    }
}
