package dev.hearth.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.CachePolicyStatus;
import dev.hearth.api.CachePolicyStatus.Evicted;
import dev.hearth.controlplane.ScriptedNamespace;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The loop of a CachePolicy: which caches go, and why. */
class PolicyLoopIT {
    private static final String FOLLOWS = """
            triggers: {poll: 5s}
            trust: {branches: [main]}
            cache: {policy: %s}
            builds: [{name: tool}]
            """;

    @Test
    void theLeastRecentlyUsedGoBeyondTheBudget() {
        try (var place = ScriptedNamespace.open("budget")) {
            var policy = place.policy(
                    "{storage: {size: 256Mi}, retention: {untrusted: {whenRefCloses: Keep}, maxTotal: 512Mi}}");
            try {
                place.pipeline(FOLLOWS.formatted(place.namespace()));
                place.finished(place.start());
                for (String ref : new String[] {"refs/heads/one", "refs/heads/two"}) {
                    place.repository().commit(ref, "Dockerfile", "FROM busybox\nRUN " + ref + "\n", place.commit());
                    place.finished(place.start(ref));
                }

                assertThat(evicted(place, policy))
                        .returns("refs/heads/one", Evicted::ref)
                        .returns("TotalBudget", Evicted::reason);
            } finally {
                place.client().resource(policy).delete();
            }
        }
    }

    @Test
    void aCacheOfARefThatIsGoneGoes() {
        try (var place = ScriptedNamespace.open("closed")) {
            var policy = place.policy("{storage: {size: 256Mi}}");
            try {
                place.pipeline(FOLLOWS.formatted(place.namespace()));
                var topic = "refs/heads/topic";
                place.repository().commit(topic, "Dockerfile", "FROM busybox\nRUN true\n", place.commit());
                place.finished(place.start(topic));

                place.repository().git("update-ref", "-d", topic);

                assertThat(evicted(place, policy)).returns(topic, Evicted::ref).returns("RefClosed", Evicted::reason);
            } finally {
                place.client().resource(policy).delete();
            }
        }
    }

    @Test
    void aStorageClassThatDoesNotExistStallsThePolicy() {
        try (var place = ScriptedNamespace.open("noclass")) {
            var policy = place.policy("{storage: {className: none, size: 1Gi}}");
            try {
                place.work()
                        .until(
                                "the policy",
                                () -> status(place, policy)
                                        .filter(status -> status.conditions().stream()
                                                .anyMatch(condition -> condition
                                                                .type()
                                                                .equals("Stalled")
                                                        && condition.status().equals("True")
                                                        && condition.reason().equals("StorageClassNotFound"))));
            } finally {
                place.client().resource(policy).delete();
            }
        }
    }

    private static Evicted evicted(ScriptedNamespace place, CachePolicy policy) {
        return place.work()
                .until(
                        "an eviction",
                        () -> status(place, policy)
                                .flatMap(status ->
                                        status.lastEvictions().stream().findFirst()));
    }

    private static Optional<CachePolicyStatus> status(ScriptedNamespace place, CachePolicy policy) {
        return Optional.ofNullable(place.client().resource(policy).get()).map(CachePolicy::getStatus);
    }
}
