package dev.hearth.app;

import com.sun.management.OperatingSystemMXBean;
import io.quarkus.scheduler.Scheduled;
import jakarta.inject.Singleton;
import java.lang.management.ManagementFactory;
import java.time.Duration;

/**
 * Collects the whole heap once work is over. Only such a collection gives memory back, and an idle operator creates so few
 * objects that the JVM would not do one for hours.
 */
@Singleton
class IdleHeap {
    /** CPU time in an interval below which the operator is idle. Probes, lease and watches need a third of it. */
    static final Duration IDLE = Duration.ofSeconds(3);

    private final OperatingSystemMXBean process = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    private Duration before = Duration.ZERO;
    private boolean worked = true; // the start is work

    @Scheduled(every = "1m", delayed = "1m")
    void look() {
        if (isOver(Duration.ofNanos(process.getProcessCpuTime()))) {
            System.gc();
        }
    }

    /**
     * Returns whether the interval that ends now is the first idle one after work.
     *
     * @param used CPU time of the process since its start
     */
    synchronized boolean isOver(Duration used) {
        var idle = used.minus(before).compareTo(IDLE) < 0;
        before = used;
        var over = idle && worked;
        worked = !idle;
        return over;
    }
}
