package dev.hearth.demo;

import dev.hearth.controlplane.ControlPlane;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What a start of the operator costs and what it then holds: the files of the image that was built last, as a process beside
 * an API server without pipelines. Compares starts with the image's ahead-of-time cache to starts without it, which take
 * turns, so that both see the same machine. Prints medians of the time until it is ready and of the CPU time until then, and
 * the resident memory of the last operator of each kind once it is idle.
 */
public final class StartBench {
    private static final int ROUNDS = 3;
    /** Long enough for IdleHeap to see a minute without work after the start. */
    private static final Duration IDLE = Duration.ofSeconds(150);

    private StartBench() {}

    private record Figures(long readyMillis, long cpuMillis, long residentMebibytes) {
        @Override
        public String toString() {
            return "ready after %d ms (CPU %d ms), %d MiB".formatted(readyMillis, cpuMillis, residentMebibytes);
        }
    }

    /** Takes no arguments. */
    @SuppressWarnings("IllegalCatch") // Maven would wait forever for threads of the client
    public static void main(String[] arguments) {
        try {
            compare();
            System.exit(0);
        } catch (Exception e) {
            e.printStackTrace();
            System.exit(1);
        }
    }

    private static void compare() throws IOException, InterruptedException {
        try (var plane = ControlPlane.start()) {
            var cached = new ArrayList<Figures>();
            var uncached = new ArrayList<Figures>();
            for (int round = 0; round < ROUNDS; round++) {
                var idle = round == ROUNDS - 1 ? IDLE : Duration.ZERO;
                cached.add(measure(plane, idle, ImageOperator.CACHED));
                uncached.add(measure(plane, idle, List.of("-XX:AOTMode=off")));
            }
            report(cached, uncached);
        }
    }

    private static Figures measure(ControlPlane plane, Duration idle, List<String> options)
            throws IOException, InterruptedException {
        plane.client().leases().inNamespace("default").withName("hearth").delete();
        var began = Instant.now();
        try (var operator = ImageOperator.start(plane, Map.of(), options)) {
            operator.awaitReady();
            var ready = Duration.between(began, Instant.now());
            var cpu = operator.cpuTime();
            Thread.sleep(idle);
            return new Figures(ready.toMillis(), cpu.toMillis(), operator.residentMebibytes());
        }
    }

    private static void report(List<Figures> cached, List<Figures> uncached) {
        var ours = median(cached);
        var reference = median(uncached);
        System.out.printf(
                "operator, start to ready (%d rounds each) and idle: %s; without the ahead-of-time cache %s; ratio of times %.2f,"
                        + " of CPU times %.2f, of memory %.2f%n",
                ROUNDS,
                ours,
                reference,
                (double) ours.readyMillis() / reference.readyMillis(),
                (double) ours.cpuMillis() / reference.cpuMillis(),
                (double) ours.residentMebibytes() / reference.residentMebibytes());
    }

    private static Figures median(List<Figures> all) {
        return new Figures(
                median(all.stream().map(Figures::readyMillis)),
                median(all.stream().map(Figures::cpuMillis)),
                all.getLast().residentMebibytes());
    }

    private static long median(Stream<Long> figures) {
        return figures.sorted().toList().get(ROUNDS / 2);
    }
}
