package dev.hearth.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.CachePolicyStatus;
import dev.hearth.api.CachePolicyStatus.Evicted;
import dev.hearth.api.Condition;
import dev.hearth.api.Pipeline;
import dev.hearth.api.Trust;
import dev.hearth.controlplane.ScriptedNamespace;
import dev.hearth.testbed.FakeScopes;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A policy keeps its caches within its limits, and takes the right ones. Sizes are what the test reports. */
class RetentionLoopIT {
    private static final String MAIN = ScriptedNamespace.MAIN;
    private static final String RELEASE = "refs/heads/release/1";

    /** More are evicted than a status lists. */
    @Test
    void seventeenPullRequestsUnderABudgetForFive() {
        try (var place = ScriptedNamespace.open("budget")) {
            var policy = place.policy(
                    "{storage: {size: 1Gi}, retention: {untrusted: {whenRefCloses: Keep}, maxTotal: 1150Mi}}");
            try {
                // Given: main, and pull requests of 200Mi each
                var pipeline = pipeline(place);
                var played = new FakeScopes(place.work(), pipeline, place.client());
                played.used(MAIN, Trust.Trusted, "100Mi");
                for (int i = 1; i <= 17; i++) {
                    played.used(pull(i), Trust.Untrusted, "200Mi");
                }

                // Then: main and the five that were used last are left, with their volumes
                var left = IntStream.rangeClosed(13, 17)
                        .mapToObj(RetentionLoopIT::pull)
                        .collect(Collectors.toSet());
                left.add(MAIN);
                place.work()
                        .until("five and main", () -> Optional.of(refs(place)).filter(left::equals));
                var claims = place.scopes().stream().map(FakeScopes::claim).collect(Collectors.toSet());
                place.work()
                        .until(
                                "their claims",
                                () -> Optional.of(Set.copyOf(played.claims())).filter(claims::equals));

                // And: the policy says so
                var status =
                        until(place, policy, it -> Objects.equals(it.scopes(), 6) && "6144Mi".equals(it.provisioned()));
                assertThat(status.evictions()).isEqualTo(12);
                assertThat(status.limit()).isEqualTo("1150Mi");
                assertThat(status.used()).isEqualTo("1100Mi");
                assertThat(status.lastEvictions())
                        .extracting(Evicted::ref)
                        .containsExactlyElementsOf(IntStream.rangeClosed(3, 12)
                                .mapToObj(RetentionLoopIT::pull)
                                .toList()
                                .reversed());
                assertThat(status.lastEvictions())
                        .allSatisfy(it -> assertThat(it.reason()).isEqualTo("TotalBudget"));
                assertThat(status.nextEvictions().getFirst().ref()).isEqualTo(pull(13));
                assertThat(status.nextEvictions())
                        .noneMatch(it -> it.ref().equals(MAIN) && it.reason().equals("TotalBudget"));
                assertThat(evictionEvents(place, pipeline)).contains("the cache of " + pull(1) + " of pipeline");

                // When: volumes are to be larger than this storage can make those that are there
                place.patch(policy, "{\"spec\":{\"storage\":{\"size\":\"1100Mi\"}}}");

                // Then: the scope says so
                place.work()
                        .until(
                                "the size of main's volume",
                                () -> Optional.of(place.scope(MAIN))
                                        .filter(it -> it.getStatus().conditions().stream()
                                                .anyMatch(condition -> condition
                                                        .message()
                                                        .contains("stays at 1Gi of 1100Mi: StorageClass"))));
            } finally {
                place.client().resource(policy).delete();
            }
        }
    }

    @Test
    void smallerPolicyEvictsAtOnceInTheirOrder() {
        try (var place = ScriptedNamespace.open("smaller")) {
            // Given: main, a release and four pull requests; the release was used before all others
            var policy = place.policy(
                    "{storage: {size: 256Mi}, retention: {untrusted: {whenRefCloses: Keep}, maxTotal: 10Gi}}");
            var other = otherPolicy(place);
            try {
                var pipeline = pipeline(place);
                var played = new FakeScopes(place.work(), pipeline, place.client());
                played.used(RELEASE, Trust.Trusted, "400Mi");
                played.used(MAIN, Trust.Trusted, "500Mi");
                for (int i = 1; i <= 4; i++) {
                    played.used(pull(i), Trust.Untrusted, "300Mi");
                }
                until(place, policy, it -> "2100Mi".equals(it.used()));
                place.work()
                        .until(
                                "the mark of main",
                                () -> Optional.of(marks(place, MAIN))
                                        .filter(it -> it.containsKey("hearth.dev/default-branch")));
                assertThat(status(place, policy).evictions()).isZero();

                // And: a ref that comes back is not closed any more
                place.work()
                        .until(
                                "the mark of a closed ref",
                                () -> Optional.of(marks(place, pull(4)))
                                        .filter(it -> it.containsKey("hearth.dev/ref-closed")));
                place.repository().commit(pull(4), "change", "again");
                place.work()
                        .until(
                                "that it is open",
                                () -> Optional.of(marks(place, pull(4)))
                                        .filter(it -> !it.containsKey("hearth.dev/ref-closed")));

                // When, then: one step after the other
                limit(place, policy, "1500Mi");
                assertThat(evicted(place, policy, 2)).containsExactly(pull(1), pull(2));
                limit(place, policy, "1Gi");
                assertThat(evicted(place, policy, 4)).containsExactly(pull(1), pull(2), pull(3), pull(4));
                limit(place, policy, "512Mi");
                assertThat(evicted(place, policy, 5)).last().isEqualTo(RELEASE);

                // And: what may not go stays, and the policy says so
                limit(place, policy, "256Mi");
                var status = until(place, policy, it -> reason(it).equals("BudgetExceeded"));
                assertThat(status.evictions()).isEqualTo(5);
                assertThat(refs(place)).containsExactly(MAIN);
                assertThat(status.conditions())
                        .noneMatch(condition -> condition.type().equals("ClockSkewed"));

                // When: the pipeline follows another policy
                place.patch(
                        pipeline,
                        "{\"spec\":{\"cache\":{\"policy\":\"%s\"}}}"
                                .formatted(other.getMetadata().getName()));

                // Then: so do the scopes that are there
                until(place, other, it -> "500Mi".equals(it.used()));
                limit(place, policy, "300Mi"); // a change, so that it does not wait for its next look
                until(place, policy, it -> Objects.equals(it.scopes(), 0));
            } finally {
                place.client().resource(policy).delete();
                place.client().resource(other).delete();
            }
        }
    }

    @Test
    void onlyTheUntrustedCacheOfARefThatIsGoneGoes() {
        try (var place = ScriptedNamespace.open("closed")) {
            var policy = place.policy("{storage: {size: 256Mi}}");
            try {
                // Given: a pull request that the repository has, and a release that it does not have
                place.repository().commit(pull(1), "change", "1");
                var pipeline = pipeline(place);
                place.work().until(pipeline, it -> MAIN.equals(it.getStatus().defaultBranch()));
                var played = new FakeScopes(place.work(), pipeline, place.client());
                played.used(MAIN, Trust.Trusted, "10Mi");
                played.used(pull(1), Trust.Untrusted, "10Mi");
                played.used(RELEASE, Trust.Trusted, "10Mi");

                // When: there is one of a pull request that it does not have either
                played.used(pull(2), Trust.Untrusted, "10Mi");

                // Then
                var status = until(place, policy, it -> Objects.equals(it.evictions(), 1L));
                assertThat(status.lastEvictions().getFirst())
                        .returns(pull(2), Evicted::ref)
                        .returns("RefClosed", Evicted::reason);
                assertThat(refs(place)).containsExactlyInAnyOrder(MAIN, pull(1), RELEASE);
                place.work()
                        .until(
                                "the event",
                                () -> Optional.of(evictionEvents(place, pipeline))
                                        .filter(it -> it.contains("the cache of " + pull(2))));
                assertThat(place.untilAudited("CacheEvicted " + place.namespace() + "/"))
                        .contains("RefClosed by CachePolicy " + place.namespace());
            } finally {
                place.client().resource(policy).delete();
            }
        }
    }

    /** That looks at all refs and starts no runs. */
    private static Pipeline pipeline(ScriptedNamespace place) {
        return place.pipeline("""
                triggers: {poll: 5s, branches: [none]}
                trust: {branches: [main, "release/*"]}
                cache: {policy: %s}
                builds: [{name: tool}]
                """.formatted(place.namespace()));
    }

    private static CachePolicy otherPolicy(ScriptedNamespace place) {
        var other = new CachePolicy();
        other.getMetadata().setName(place.namespace() + "-other");
        other.setSpec(CachePolicySpec.DEFAULT);
        return place.client().resource(other).create();
    }

    private static List<String> evicted(ScriptedNamespace place, CachePolicy policy, long count) {
        return until(place, policy, it -> Objects.equals(it.evictions(), count)).lastEvictions().stream()
                .map(Evicted::ref)
                .toList()
                .reversed();
    }

    private static void limit(ScriptedNamespace place, CachePolicy policy, String most) {
        place.patch(policy, "{\"spec\":{\"retention\":{\"maxTotal\":\"" + most + "\"}}}");
    }

    private static CachePolicyStatus status(ScriptedNamespace place, CachePolicy policy) {
        return place.client().resource(policy).get().getStatus();
    }

    private static CachePolicyStatus until(
            ScriptedNamespace place, CachePolicy policy, Predicate<CachePolicyStatus> condition) {
        return place.work()
                .until(
                        "policy " + policy.getMetadata().getName(),
                        () -> Optional.ofNullable(status(place, policy)).filter(condition));
    }

    private static String reason(CachePolicyStatus status) {
        return status.conditions().stream()
                .filter(it -> it.type().equals("Ready"))
                .map(Condition::reason)
                .findFirst()
                .orElse("");
    }

    private static Map<String, String> marks(ScriptedNamespace place, String ref) {
        return Objects.requireNonNullElse(place.scope(ref).getMetadata().getAnnotations(), Map.of());
    }

    private static String evictionEvents(ScriptedNamespace place, Pipeline pipeline) {
        return place
                .client()
                .v1()
                .events()
                .inNamespace(place.namespace())
                .withField("involvedObject.uid", pipeline.getMetadata().getUid())
                .list()
                .getItems()
                .stream()
                .filter(event -> event.getReason().equals("CacheEvicted"))
                .map(event -> event.getMessage())
                .collect(Collectors.joining("\n"));
    }

    private static Set<String> refs(ScriptedNamespace place) {
        return place.scopes().stream().map(scope -> scope.getSpec().ref()).collect(Collectors.toSet());
    }

    private static String pull(int number) {
        return "refs/pull/" + number + "/head";
    }
}
