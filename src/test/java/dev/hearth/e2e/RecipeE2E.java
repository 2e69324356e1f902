package dev.hearth.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CacheScope;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.Seed;
import dev.hearth.api.SeedMode;
import dev.hearth.testbed.GitRepository;
import dev.hearth.testbed.TestNamespace;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** Which cache a pull request starts from, by what git says of its commit: its recipe, and the branch that it grew from. */
@Order(2) // takes long
class RecipeE2E {
    private static final String MAIN = "refs/heads/main";
    private static final String RELEASE = "refs/heads/release/1";
    private static final String PULL = "refs/pull/7/head";

    @Test
    void pullRequestThatTakesOverDependenciesIsSeededAgain() {
        try (var work = TestNamespace.open("recipe");
                var repository = work.repository()) {
            // Given: a pull request that was seeded from main
            var oldMain = repository.push(MAIN, files("v1"));
            work.apply(pipeline(repository));
            var oldMainRun = sealed(work, MAIN, oldMain);
            var pullRun = succeeded(work, repository.push(PULL, Map.of("source", "proposed")));
            var firstSeed = seed(work, PULL);

            assertThat(pullRun.getStatus().seedRefs()).containsExactly(MAIN);
            assertThat(recipe(pullRun)).isEqualTo(recipe(oldMainRun));
            assertThat(firstSeed).returns(MAIN, Seed::ref).returns(oldMain, Seed::commit);
            assertThat(firstSeed.mode()).as(firstSeed.message()).isNotEqualTo(SeedMode.Cold);

            // When: main gets other dependencies, and the pull request keeps the old ones
            var newMain = repository.push(MAIN, Map.of("lock", "v2"));
            var newMainRun = sealed(work, MAIN, newMain);
            var keptRun = succeeded(work, repository.push(PULL, Map.of("lock", "v1", "source", "proposed again")));

            // Then: it goes on with what it has
            assertThat(recipe(newMainRun)).isNotEqualTo(recipe(oldMainRun));
            assertThat(recipe(keptRun)).isEqualTo(recipe(oldMainRun));
            assertThat(seed(work, PULL)).isEqualTo(firstSeed);

            // When: it takes over the new ones
            var movedRun = succeeded(work, repository.push(PULL, Map.of("lock", "v2")));

            // Then: it starts from main's newer generation
            var secondSeed = seed(work, PULL);
            assertThat(recipe(movedRun)).isEqualTo(recipe(newMainRun));
            assertThat(secondSeed).returns(MAIN, Seed::ref).returns(newMain, Seed::commit);
            assertThat(secondSeed.generation()).isGreaterThan(Objects.requireNonNull(firstSeed.generation()));
            assertThat(secondSeed.mode()).as(secondSeed.message()).isNotEqualTo(SeedMode.Cold);
        }
    }

    @Test
    void pullRequestFromAReleaseBranchStartsFromThatBranchsCache() {
        try (var work = TestNamespace.open("release");
                var repository = work.repository()) {
            var main = repository.push(MAIN, files("v1"));
            work.apply(pipeline(repository));
            sealed(work, MAIN, main);
            var release = repository.push(RELEASE, Map.of("lock", "v1.1"));
            var releaseRun = sealed(work, RELEASE, release);

            var pullRun = succeeded(work, repository.push(PULL, Map.of("source", "backported")));

            assertThat(releaseRun.getStatus().seedRefs()).containsExactly(MAIN);
            assertThat(seed(work, RELEASE)).returns(MAIN, Seed::ref).returns(main, Seed::commit);
            assertThat(pullRun.getStatus().seedRefs()).containsExactly(RELEASE, MAIN);
            var seed = seed(work, PULL);
            assertThat(seed).returns(RELEASE, Seed::ref).returns(release, Seed::commit);
            assertThat(seed.mode()).as(seed.message()).isNotEqualTo(SeedMode.Cold);
        }
    }

    private static Map<String, String> files(String lock) {
        return Map.of("Dockerfile", """
                FROM busybox
                COPY lock /
                RUN cat /lock >/dependencies
                COPY source /
                RUN cat /source >/made
                """, "source", "first", "lock", lock);
    }

    private static String pipeline(GitRepository repository) {
        return """
                apiVersion: hearth.dev/v1alpha1
                kind: Pipeline
                metadata: {name: small}
                spec:
                  source: {url: "%s"}
                  triggers: {poll: 5s, branches: [main, "release/*"], pullRequests: {enabled: true}}
                  trust: {branches: [main, "release/*"]}
                  cache: {recipe: [Dockerfile, lock]}
                  builds: [{name: tool}]
                """.formatted(repository.url());
    }

    private static PipelineRun succeeded(TestNamespace work, String commit) {
        var run = work.finishedRunOf(commit);
        assertThat(run.getStatus().phase()).as("%s", run.getStatus()).isEqualTo(Phase.Succeeded);
        return run;
    }

    /** The run of a commit, once others can start from what it left. */
    private static PipelineRun sealed(TestNamespace work, String ref, String commit) {
        var run = succeeded(work, commit);
        work.until(
                "a sealed generation of " + commit,
                () -> volume(work, ref)
                        .flatMap(ScopeVolume::newest)
                        .filter(generation -> generation.commit().equals(commit)));
        return run;
    }

    private static String recipe(PipelineRun run) {
        return Objects.requireNonNull(run.getStatus().recipe(), "the run has a recipe hash");
    }

    private static Seed seed(TestNamespace work, String ref) {
        return Objects.requireNonNull(volume(work, ref).orElseThrow().seed());
    }

    private static Optional<ScopeVolume> volume(TestNamespace work, String ref) {
        return work.client().resources(CacheScope.class).inNamespace(work.namespace()).list().getItems().stream()
                .filter(scope -> scope.getSpec().ref().equals(ref) && scope.getStatus() != null)
                .flatMap(scope -> scope.getStatus().volumes().stream())
                .findFirst();
    }
}
