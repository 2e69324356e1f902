package dev.hearth.core.retention;

import dev.hearth.api.Trust;
import java.time.Instant;
import java.util.Map;
import java.util.Set;

/** Builds scopes for tests of retention. Each is named after its ref and has one volume. */
record ScopeFixture(EvictionCandidate scope) {
    static final long GIB = 1L << 20;

    static ScopeFixture trusted(String ref, Instant lastUsed) {
        return of(ref, Trust.Trusted, lastUsed);
    }

    static ScopeFixture untrusted(String ref, Instant lastUsed) {
        return of(ref, Trust.Untrusted, lastUsed);
    }

    static String claim(String pipeline, String ref) {
        return "ci/" + pipeline + "-" + ref;
    }

    private static ScopeFixture of(String ref, Trust trust, Instant lastUsed) {
        return new ScopeFixture(EvictionCandidateBuilder.builder()
                .namespace("ci")
                .name("app-" + ref)
                .pipeline("app")
                .ref(ref)
                .trust(trust)
                .used(GIB)
                .lastUsed(lastUsed)
                .inUse(false)
                .refClosed(false)
                .defaultBranch(false)
                .claims(Set.of(claim("app", ref)))
                .reads(Set.of())
                .newest(Map.of())
                .build());
    }

    ScopeFixture pipeline(String pipeline) {
        return with(
                pipeline,
                scope.used(),
                scope.inUse(),
                scope.refClosed(),
                scope.defaultBranch(),
                scope.reads(),
                newest());
    }

    ScopeFixture gib(long used) {
        return with(
                scope.pipeline(),
                used * GIB,
                scope.inUse(),
                scope.refClosed(),
                scope.defaultBranch(),
                scope.reads(),
                newest());
    }

    ScopeFixture inUse() {
        return with(
                scope.pipeline(),
                scope.used(),
                true,
                scope.refClosed(),
                scope.defaultBranch(),
                scope.reads(),
                newest());
    }

    ScopeFixture refClosed() {
        return with(
                scope.pipeline(), scope.used(), scope.inUse(), true, scope.defaultBranch(), scope.reads(), newest());
    }

    ScopeFixture defaultBranch() {
        return with(scope.pipeline(), scope.used(), scope.inUse(), scope.refClosed(), true, scope.reads(), newest());
    }

    /** Needs another ref's volume. */
    ScopeFixture reads(String ref) {
        return with(
                scope.pipeline(),
                scope.used(),
                scope.inUse(),
                scope.refClosed(),
                scope.defaultBranch(),
                Set.of(claim(scope.pipeline(), ref)),
                newest());
    }

    ScopeFixture sealed(Instant at) {
        return with(
                scope.pipeline(),
                scope.used(),
                scope.inUse(),
                scope.refClosed(),
                scope.defaultBranch(),
                scope.reads(),
                Map.of("linux/amd64", at));
    }

    private Map<String, Instant> newest() {
        return scope.newest();
    }

    private ScopeFixture with(
            String pipeline,
            long used,
            boolean inUse,
            boolean refClosed,
            boolean defaultBranch,
            Set<String> reads,
            Map<String, Instant> newest) {
        return new ScopeFixture(EvictionCandidateBuilder.builder()
                .namespace(scope.namespace())
                .name(pipeline + "-" + scope.ref())
                .pipeline(pipeline)
                .ref(scope.ref())
                .trust(scope.trust())
                .used(used)
                .lastUsed(scope.lastUsed())
                .inUse(inUse)
                .refClosed(refClosed)
                .defaultBranch(defaultBranch)
                .claims(Set.of(claim(pipeline, scope.ref())))
                .reads(reads)
                .newest(newest)
                .build());
    }
}
