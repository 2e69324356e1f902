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
 * Simulates pipelines with random pushes to their main branch, releases and pull requests. Sizes, lifetimes and intervals are
 * random. When work on a pull request ends, it is closed or abandoned. A run's content is measured when the run has finished.
 */
final class SimulatedRefs {
    static final List<String> PIPELINES = List.of("site", "server", "tools");
    private static final Duration LONGEST_RUN = Duration.ofHours(2);

    private final Random random;
    private final List<SimulatedRef> existing = new ArrayList<>();
    private int opened;

    SimulatedRefs(long seed) {
        this.random = new Random(seed);
    }

    int opened() {
        return opened;
    }

    List<EvictionCandidate> scopes() {
        return existing.stream()
                .filter(ref -> ref.cached)
                .map(SimulatedRef::scope)
                .toList();
    }

    /** Deletes a scope. A later push to its ref creates a new one. */
    void remove(EvictionCandidate scope) {
        existing.stream().filter(ref -> ref.is(scope)).forEach(ref -> {
            ref.cached = false;
            ref.used = 0;
        });
    }

    /** Simulates one hour. */
    void advance(Instant now) {
        PIPELINES.forEach(pipeline -> open(pipeline, now));
        existing.forEach(ref -> {
            end(ref, now);
            if (!ref.closed && now.isBefore(ref.worksUntil) && random.nextInt(ref.pause) == 0) {
                ref.push(now, random);
            }
            if (!ref.closed && now.isAfter(ref.worksUntil)) {
                ref.closed = !ref.abandoned;
            }
        });
        existing.removeIf(ref -> !ref.cached && (ref.closed || now.isAfter(ref.worksUntil)));
    }

    private void open(String pipeline, Instant now) {
        if (find(pipeline, "main").isEmpty()) {
            var main = new SimulatedRef(pipeline, "main", Trust.Trusted, 10 + random.nextInt(6), Optional.empty());
            main.worksUntil = Instant.MAX;
            main.pause = 8;
            main.push(now, random);
            existing.add(main);
        }
        if (random.nextInt(24 * 10) == 0) {
            var release =
                    new SimulatedRef(pipeline, "release/" + ++opened, Trust.Trusted, 2 + random.nextInt(7), seed());
            release.worksUntil = now.plus(Duration.ofDays(5 + random.nextInt(25)));
            release.pause = 60;
            release.abandoned = true;
            release.push(now, random);
            existing.add(release);
        }
        if (random.nextInt(12) == 0) {
            var change = new SimulatedRef(pipeline, "pull/" + ++opened, Trust.Untrusted, 1 + random.nextInt(9), seed());
            change.worksUntil = now.plus(Duration.ofHours(3 + random.nextInt(24 * 7)));
            change.pause = 20;
            change.abandoned = random.nextInt(3) == 0;
            change.push(now, random);
            existing.add(change);
        }
    }

    /** Mostly an overlay of main, which needs main's layers for good. Otherwise a copy, or nothing. */
    private Optional<String> seed() {
        return random.nextInt(4) == 0 ? Optional.empty() : Optional.of("main");
    }

    private void end(SimulatedRef ref, Instant now) {
        if (ref.running && !now.isBefore(ref.lastUsed.plus(LONGEST_RUN))) {
            ref.running = false;
            ref.lastUsed = now;
            ref.used = Math.min(ref.most, ref.used + 1 + random.nextInt(3));
            ref.sealed = ref.trust == Trust.Trusted;
        }
    }

    private Optional<SimulatedRef> find(String pipeline, String ref) {
        return existing.stream()
                .filter(it -> it.pipeline.equals(pipeline) && it.ref.equals(ref))
                .findFirst();
    }

    /** A ref and its cache. */
    private static final class SimulatedRef {
        private final String pipeline;
        private final String ref;
        private final Trust trust;
        private final int most;
        private final Optional<String> seededFrom;
        private Instant worksUntil = Instant.MIN;
        private Instant lastUsed = Instant.MIN;
        private int pause = 1;
        private long used;
        private boolean abandoned;
        private boolean closed;
        private boolean running;
        private boolean sealed;
        private boolean cached;

        SimulatedRef(String pipeline, String ref, Trust trust, int most, Optional<String> seededFrom) {
            this.pipeline = pipeline;
            this.ref = ref;
            this.trust = trust;
            this.most = most;
            this.seededFrom = seededFrom;
        }

        void push(Instant now, Random random) {
            // After some pushes, the previous run still uses the cache.
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
            return EvictionCandidateBuilder.builder()
                    .namespace("ci")
                    .name(pipeline + "-" + ref)
                    .pipeline(pipeline)
                    .ref(ref)
                    .trust(trust)
                    .used(used * ScopeFixture.GIB)
                    .lastUsed(lastUsed)
                    .inUse(running)
                    .refClosed(closed)
                    .defaultBranch(ref.equals("main"))
                    .claims(Set.of(ScopeFixture.claim(pipeline, ref)))
                    .reads(seededFrom
                            .map(from -> Set.of(ScopeFixture.claim(pipeline, from)))
                            .orElse(Set.of()))
                    .newest(sealed ? Map.of("linux/amd64", lastUsed) : Map.of())
                    .build();
        }
    }
}
