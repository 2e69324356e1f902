package dev.hearth.budget;

import java.time.Duration;

/** Measures the time of a call without its waits for turns. */
final class Stopwatch {
    private long counted;
    private long since;
    private boolean running;

    synchronized void start() {
        since = System.nanoTime();
        running = true;
    }

    synchronized void stop() {
        if (running) {
            counted += System.nanoTime() - since;
        }
        running = false;
    }

    synchronized Duration elapsed() {
        return Duration.ofNanos(counted + (running ? System.nanoTime() - since : 0));
    }
}
