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
 * A semaphore that is fair between namespaces: a free turn goes to the namespace that holds the fewest, of several to the one
 * that was served longest ago. However many wait in one namespace, another one waits for as many turns as there are
 * namespaces at most.
 */
public final class FairSemaphore {
    private final int most;
    private final int mostEach;
    private final ReentrantLock lock = new ReentrantLock();
    private final List<Waiter> waiters = new ArrayList<>();
    private final Map<String, Integer> held = new HashMap<>();
    private final Map<String, Long> served = new HashMap<>();
    private long grants;

    /** @param mostEach how many of them one namespace may hold */
    public FairSemaphore(int most, int mostEach) {
        this.most = most;
        this.mostEach = mostEach;
    }

    /** Waits for a turn. False if there was none for so long. */
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

    /** Gives back a turn that was taken, once for each. */
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

    /** How many wait. */
    int waiting() {
        lock.lock();
        try {
            return waiters.size();
        } finally {
            lock.unlock();
        }
    }

    /** A waiter may be granted its turn in the moment that it stops waiting. */
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

    /** Only when nobody is left: a namespace that asks one question after the other would else be new with each. */
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
