package dev.hearth.e2e;

import static dev.hearth.e2e.CacheFixture.policy;
import static dev.hearth.e2e.CacheFixture.scope;
import static dev.hearth.e2e.CacheFixture.sealed;
import static dev.hearth.e2e.CacheFixture.succeeded;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.CachePolicyStatus;
import dev.hearth.api.CachePolicyStatus.Evicted;
import dev.hearth.api.CacheScope;
import dev.hearth.api.Condition;
import dev.hearth.api.Pipeline;
import dev.hearth.api.Trust;
import dev.hearth.testbed.GitRepository;
import dev.hearth.testbed.TestNamespace;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** A policy keeps what its caches come to within its limits, and takes the right ones. */
class RetentionE2E {
    private static final String MAIN = "refs/heads/main";

    /** Main and two pull requests build for real; the others are scopes whose measured sizes the test reports. */
    @Test
    void thirtyRefsUnderABudgetForFive() {
        try (var work = TestNamespace.open("budget");
                var repository = work.repository()) {
            // Given: main and two pull requests that have built
            var policy = policy(
                    work, "{storage: {size: 1Gi}, retention: {untrusted: {whenRefCloses: Keep}, maxTotal: 1150Mi}}");
            try {
                var main = MinimalPipeline.push(repository);
                var pipeline = work.apply(pipeline(work, repository, "[main]"));
                succeeded(work.finishedRunOf(main));
                sealed(work, MAIN, main);
                for (int i = 1; i <= 2; i++) {
                    repository.push(pull(i), Map.of("change", "of " + i));
                    succeeded(work.finished(work.start("small", pull(i), null)));
                }
                work.until(
                        "their sizes",
                        () -> Optional.of(status(work, policy))
                                .filter(it -> Objects.equals(it.scopes(), 3) && !"0Mi".equals(it.used())));
                try (var played = FakeScopes.of(work, pipeline)) {
                    // When: 28 more come, of 200Mi each
                    for (int i = 3; i <= 30; i++) {
                        played.used(pull(i), Trust.Untrusted, "200Mi");
                    }

                    // Then: main and the five that were used last are left, with their volumes
                    var left = IntStream.rangeClosed(26, 30)
                            .mapToObj(RetentionE2E::pull)
                            .collect(Collectors.toSet());
                    left.add(MAIN);
                    work.until("five and main", () -> Optional.of(refs(work)).filter(left::equals));
                    var claims = scopes(work).stream().map(FakeScopes::claim).toList();
                    work.until(
                            "their claims",
                            () -> Optional.of(played.claims())
                                    .filter(it -> Set.copyOf(it).equals(Set.copyOf(claims))));
                    assertThat(claims).hasSize(6);

                    // And: the policy says so
                    var status = until(
                            work, policy, it -> Objects.equals(it.scopes(), 6) && "6144Mi".equals(it.provisioned()));
                    assertThat(status.evictions()).isEqualTo(25);
                    assertThat(status.limit()).isEqualTo("1150Mi");
                    assertThat(mebi(status.used())).isBetween(1001, 1150);
                    assertThat(status.lastEvictions())
                            .extracting(Evicted::ref)
                            .containsExactlyElementsOf(IntStream.rangeClosed(16, 25)
                                    .mapToObj(RetentionE2E::pull)
                                    .toList()
                                    .reversed());
                    assertThat(status.lastEvictions())
                            .allSatisfy(it -> assertThat(it.reason()).isEqualTo("TotalBudget"));
                    assertThat(status.nextEvictions().getFirst().ref()).isEqualTo(pull(26));
                    assertThat(status.nextEvictions())
                            .noneMatch(
                                    it -> it.ref().equals(MAIN) && it.reason().equals("TotalBudget"));
                    assertThat(told(work, pipeline)).contains("the cache of " + pull(1) + " of pipeline");

                    // When: volumes are to be larger than this storage can make those that are there
                    change(work, policy, "{\"spec\":{\"storage\":{\"size\":\"1100Mi\"}}}");

                    // Then: the scope says so
                    work.until(
                            "the size of main's volume",
                            () -> Optional.of(scope(work, MAIN))
                                    .filter(it -> it.getStatus().conditions().stream()
                                            .anyMatch(condition -> condition
                                                    .message()
                                                    .contains("stays at 1Gi of 1100Mi: StorageClass"))));
                }
            } finally {
                work.client().resource(policy).delete();
            }
        }
    }

    @Test
    void smallerPolicyEvictsAtOnceInTheirOrder() {
        try (var work = TestNamespace.open("smaller");
                var repository = work.repository()) {
            // Given: main, a release and four pull requests; the release was used before all others
            var policy = policy(
                    work, "{storage: {size: 256Mi}, retention: {untrusted: {whenRefCloses: Keep}, maxTotal: 10Gi}}");
            var other = otherPolicy(work);
            try {
                MinimalPipeline.push(repository);
                var pipeline = work.apply(pipeline(work, repository, "[none]"));
                try (var played = FakeScopes.of(work, pipeline)) {
                    played.used("refs/heads/release/1", Trust.Trusted, "400Mi");
                    played.used(MAIN, Trust.Trusted, "500Mi");
                    for (int i = 1; i <= 4; i++) {
                        played.used(pull(i), Trust.Untrusted, "300Mi");
                    }
                    until(work, policy, it -> "2100Mi".equals(it.used()));
                    work.until(
                            "the mark of main",
                            () -> Optional.of(marks(work, MAIN))
                                    .filter(it -> it.containsKey("hearth.dev/default-branch")));
                    assertThat(status(work, policy).evictions()).isZero();

                    // And: a ref that comes back is not closed any more
                    work.until(
                            "the mark of a closed ref",
                            () -> Optional.of(marks(work, pull(4)))
                                    .filter(it -> it.containsKey("hearth.dev/ref-closed")));
                    repository.push(pull(4), Map.of("change", "again"));
                    work.until(
                            "that it is open",
                            () -> Optional.of(marks(work, pull(4)))
                                    .filter(it -> !it.containsKey("hearth.dev/ref-closed")));

                    // When, then: one step after the other
                    limit(work, policy, "1500Mi");
                    assertThat(evicted(work, policy, 2)).containsExactly(pull(1), pull(2));
                    limit(work, policy, "1Gi");
                    assertThat(evicted(work, policy, 4)).containsExactly(pull(1), pull(2), pull(3), pull(4));
                    limit(work, policy, "512Mi");
                    assertThat(evicted(work, policy, 5)).last().isEqualTo("refs/heads/release/1");

                    // And: what may not go stays, and the policy says so
                    limit(work, policy, "256Mi");
                    var status = until(work, policy, it -> reason(it).equals("BudgetExceeded"));
                    assertThat(status.evictions()).isEqualTo(5);
                    assertThat(refs(work)).containsExactly(MAIN);
                    assertThat(status.conditions())
                            .noneMatch(condition -> condition.type().equals("ClockSkewed"));

                    // When: the pipeline follows another policy
                    work.client()
                            .resource(pipeline)
                            .patch(
                                    PatchContext.of(PatchType.JSON_MERGE),
                                    "{\"spec\":{\"cache\":{\"policy\":\"%s\"}}}"
                                            .formatted(other.getMetadata().getName()));

                    // Then: so do the scopes that are there
                    until(work, other, it -> "500Mi".equals(it.used()));
                    until(work, policy, it -> Objects.equals(it.scopes(), 0));
                }
            } finally {
                work.client().resource(policy).delete();
                work.client().resource(other).delete();
            }
        }
    }

    @Test
    @ResourceLock(value = OperatorPod.LOCK, mode = ResourceAccessMode.READ) // whose log is read
    void cacheOfARefThatIsGoneGoes() {
        try (var work = TestNamespace.open("closed");
                var repository = work.repository()) {
            var policy = policy(work, "{storage: {size: 256Mi}}");
            try {
                // Given: a pull request and a release, which the repository has, and others that it has no more
                MinimalPipeline.push(repository);
                repository.push(pull(1), Map.of("change", "1"));
                var pipeline = work.apply(pipeline(work, repository, "[none]"));
                work.until(pipeline, it -> MAIN.equals(it.getStatus().defaultBranch()));
                try (var played = FakeScopes.of(work, pipeline)) {
                    played.used(MAIN, Trust.Trusted, "10Mi");
                    played.used(pull(1), Trust.Untrusted, "10Mi");
                    played.used("refs/heads/release/1", Trust.Trusted, "10Mi");

                    // When
                    played.used(pull(2), Trust.Untrusted, "10Mi");

                    // Then
                    var status = until(work, policy, it -> Objects.equals(it.evictions(), 1L));
                    assertThat(status.lastEvictions().getFirst().ref()).isEqualTo(pull(2));
                    assertThat(status.lastEvictions().getFirst().reason()).isEqualTo("RefClosed");
                    assertThat(refs(work)).containsExactlyInAnyOrder(MAIN, pull(1), "refs/heads/release/1");
                    assertThat(told(work, pipeline)).contains("the cache of " + pull(2));
                    assertThat(OperatorPod.untilAudited(work, "CacheEvicted " + work.namespace() + "/"))
                            .contains("RefClosed by CachePolicy " + work.namespace());
                }
            } finally {
                work.client().resource(policy).delete();
            }
        }
    }

    /** That starts runs for these branches, and follows this test's policy. */
    static String pipeline(TestNamespace work, GitRepository repository, String branches) {
        return """
                apiVersion: hearth.dev/v1alpha1
                kind: Pipeline
                metadata: {name: small}
                spec:
                  source: {url: "%s"}
                  triggers: {poll: 5s, branches: %s}
                  trust: {branches: [main, "release/*"]}
                  cache: {policy: %s}
                  builds: [{name: tool}]
                """.formatted(repository.url(), branches, work.namespace());
    }

    private static CachePolicy otherPolicy(TestNamespace work) {
        var other = new CachePolicy();
        other.getMetadata().setName(work.namespace() + "-other");
        other.setSpec(dev.hearth.api.CachePolicySpec.DEFAULT);
        return work.client().resource(other).create();
    }

    private static List<String> evicted(TestNamespace work, CachePolicy policy, long count) {
        return until(work, policy, it -> Objects.equals(it.evictions(), count)).lastEvictions().stream()
                .map(Evicted::ref)
                .toList()
                .reversed();
    }

    private static void limit(TestNamespace work, CachePolicy policy, String most) {
        change(work, policy, "{\"spec\":{\"retention\":{\"maxTotal\":\"" + most + "\"}}}");
    }

    private static void change(TestNamespace work, CachePolicy policy, String patch) {
        work.client().resource(policy).patch(PatchContext.of(PatchType.JSON_MERGE), patch);
    }

    private static CachePolicyStatus status(TestNamespace work, CachePolicy policy) {
        return work.client().resource(policy).get().getStatus();
    }

    private static CachePolicyStatus until(
            TestNamespace work, CachePolicy policy, Predicate<CachePolicyStatus> condition) {
        return work.until(
                "policy " + policy.getMetadata().getName(),
                () -> Optional.ofNullable(status(work, policy)).filter(condition));
    }

    private static String reason(CachePolicyStatus status) {
        return status.conditions().stream()
                .filter(it -> it.type().equals("Ready"))
                .map(Condition::reason)
                .findFirst()
                .orElse("");
    }

    private static Map<String, String> marks(TestNamespace work, String ref) {
        return Objects.requireNonNullElse(scope(work, ref).getMetadata().getAnnotations(), Map.of());
    }

    private static String told(TestNamespace work, Pipeline pipeline) {
        return work
                .client()
                .v1()
                .events()
                .inNamespace(work.namespace())
                .withField("involvedObject.uid", pipeline.getMetadata().getUid())
                .list()
                .getItems()
                .stream()
                .filter(event -> event.getReason().equals("CacheEvicted"))
                .map(event -> event.getMessage())
                .collect(Collectors.joining("\n"));
    }

    private static Set<String> refs(TestNamespace work) {
        return scopes(work).stream().map(scope -> scope.getSpec().ref()).collect(Collectors.toSet());
    }

    private static List<CacheScope> scopes(TestNamespace work) {
        return work.client()
                .resources(CacheScope.class)
                .inNamespace(work.namespace())
                .list()
                .getItems();
    }

    private static int mebi(@Nullable String size) {
        return Integer.parseInt(Objects.requireNonNull(size).replace("Mi", ""));
    }

    private static String pull(int number) {
        return "refs/pull/" + number + "/head";
    }
}
