package dev.hearth.core.retention;

import dev.hearth.api.Trust;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * Pipelines whose main branch, releases and pull requests are pushed to by chance: sizes, lives and pauses are drawn. Of
 * pull requests that end, some are closed and some forgotten; what a run adds is measured once it has ended.
 */
final class SimulatedRefs {
    static final List<String> PIPELINES = List.of("site", "server", "tools");
    private static final Duration LONGEST_RUN = Duration.ofHours(2);

    private final Random random;
    private final List<Played> living = new ArrayList<>();
    private int opened;

    SimulatedRefs(long seed) {
        this.random = new Random(seed);
    }

    int opened() {
        return opened;
    }

    List<EvictionCandidate> scopes() {
        return living.stream()
                .filter(played -> played.cached)
                .map(Played::scope)
                .toList();
    }

    /** The scope is gone; its ref may still be pushed to, which makes a new one. */
    void remove(EvictionCandidate scope) {
        living.stream().filter(played -> played.is(scope)).forEach(played -> {
            played.cached = false;
            played.used = 0;
        });
    }

    /** What happens in an hour. */
    void play(Instant now) {
        PIPELINES.forEach(pipeline -> open(pipeline, now));
        living.forEach(played -> {
            end(played, now);
            if (!played.closed && now.isBefore(played.worked) && random.nextInt(played.pause) == 0) {
                played.push(now, random);
            }
            if (!played.closed && now.isAfter(played.worked)) {
                played.closed = !played.forgotten;
            }
        });
        living.removeIf(played -> !played.cached && (played.closed || now.isAfter(played.worked)));
    }

    private void open(String pipeline, Instant now) {
        if (find(pipeline, "main").isEmpty()) {
            var main = new Played(pipeline, "main", Trust.Trusted, 10 + random.nextInt(6), Optional.empty());
            main.worked = Instant.MAX;
            main.pause = 8;
            main.push(now, random);
            living.add(main);
        }
        if (random.nextInt(24 * 10) == 0) {
            var release = new Played(pipeline, "release/" + ++opened, Trust.Trusted, 2 + random.nextInt(7), start());
            release.worked = now.plus(Duration.ofDays(5 + random.nextInt(25)));
            release.pause = 60;
            release.forgotten = true;
            release.push(now, random);
            living.add(release);
        }
        if (random.nextInt(12) == 0) {
            var change = new Played(pipeline, "pull/" + ++opened, Trust.Untrusted, 1 + random.nextInt(9), start());
            change.worked = now.plus(Duration.ofHours(3 + random.nextInt(24 * 7)));
            change.pause = 20;
            change.forgotten = random.nextInt(3) == 0;
            change.push(now, random);
            living.add(change);
        }
    }

    /** Mostly from main, as an overlay that goes on reading main's layers; else as a copy, or cold. */
    private Optional<String> start() {
        return random.nextInt(4) == 0 ? Optional.empty() : Optional.of("main");
    }

    private void end(Played played, Instant now) {
        if (played.running && !now.isBefore(played.lastUsed.plus(LONGEST_RUN))) {
            played.running = false;
            played.lastUsed = now;
            played.used = Math.min(played.most, played.used + 1 + random.nextInt(3));
            played.sealed = played.trust == Trust.Trusted;
        }
    }

    private Optional<Played> find(String pipeline, String ref) {
        return living.stream()
                .filter(played -> played.pipeline.equals(pipeline) && played.ref.equals(ref))
                .findFirst();
    }

    /** A ref and its cache. */
    private static final class Played {
        private final String pipeline;
        private final String ref;
        private final Trust trust;
        private final int most;
        private final Optional<String> started;
        private Instant worked = Instant.MIN;
        private Instant lastUsed = Instant.MIN;
        private int pause = 1;
        private long used;
        private boolean forgotten;
        private boolean closed;
        private boolean running;
        private boolean sealed;
        private boolean cached;

        Played(String pipeline, String ref, Trust trust, int most, Optional<String> started) {
            this.pipeline = pipeline;
            this.ref = ref;
            this.trust = trust;
            this.most = most;
            this.started = started;
        }

        void push(Instant now, Random random) {
            // Some pushes find the cache still in use by the run before.
            if (!running || random.nextBoolean()) {
                running = true;
                cached = true;
                lastUsed = now;
            }
        }

        boolean is(EvictionCandidate scope) {
            return pipeline.equals(scope.pipeline()) && ref.equals(scope.ref());
        }

        EvictionCandidate scope() {
            return new EvictionCandidate(
                    "ci",
                    pipeline + "-" + ref,
                    pipeline,
                    ref,
                    trust,
                    used * ScopeFixture.GIB,
                    lastUsed,
                    running,
                    closed,
                    ref.equals("main"),
                    Set.of(ScopeFixture.claim(pipeline, ref)),
                    started.map(from -> Set.of(ScopeFixture.claim(pipeline, from)))
                            .orElse(Set.of()),
                    sealed ? Map.of("linux/amd64", lastUsed) : Map.of());
        }
    }
}
