package dev.hearth.e2e;

import static dev.hearth.e2e.CacheFixture.log;
import static dev.hearth.e2e.CacheFixture.policy;
import static dev.hearth.e2e.CacheFixture.scope;
import static dev.hearth.e2e.CacheFixture.sealed;
import static dev.hearth.e2e.CacheFixture.succeeded;
import static dev.hearth.e2e.CacheFixture.volume;
import static dev.hearth.testbed.TestNamespace.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CachePolicyStatus;
import dev.hearth.api.CacheScope;
import dev.hearth.api.Condition;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.SealedGeneration;
import dev.hearth.api.StepStatus;
import dev.hearth.testbed.GitRepository;
import dev.hearth.testbed.TestNamespace;
import dev.hearth.testbed.VolumeFiles;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** What becomes of what main has sealed: read while it goes on, kept, gone back to, cleared, and the truth when it is lost. */
@Order(2) // takes long
class GenerationsE2E {
    private static final String TOOL = "tool/linux/amd64";
    private static final String REST = """
            builds: [{name: tool, artifact: true}]
            tasks: [{name: show, image: busybox, artifacts: [tool], command: [cat, /artifacts/tool/made]}]
            """;

    /** The dependency is in the cache mount and never in the source. */
    private static final String DOCKERFILE = """
            FROM busybox AS made
            RUN --mount=type=cache,target=/cache echo dependency >>/cache/lines
            COPY source /source
            RUN --mount=type=cache,target=/cache cat /source >>/cache/lines; cp /cache/lines /made
            FROM scratch
            COPY --from=made /made /
            """;

    @Test
    void mainSealsAndSweepsWhilePullRequestsRead() {
        try (var work = TestNamespace.open("readers");
                var repository = work.repository()) {
            // Given: a policy that keeps one generation, and a pull request that waits in the middle of its build
            var policy = policy(work, "{retention: {trusted: {generations: 1}}}");
            try {
                var first = main(repository, "one");
                work.apply(CacheFixture.pipeline(repository, REST + "cache: {policy: " + work.namespace() + "}"));
                succeeded(work.finishedRunOf(first));
                sealed(work, "refs/heads/main", first);
                work.until(
                        "the measured size of the cache in its policy's status",
                        () -> Optional.ofNullable(
                                        work.client().resource(policy).get().getStatus())
                                .map(CachePolicyStatus::used)
                                .filter(used -> !used.equals("0Mi")
                                        && used.equals(scope(work, "refs/heads/main")
                                                .getStatus()
                                                .used())));
                var waits =
                        "RUN until nslookup go.%s.svc.cluster.local; do sleep 1; done\n".formatted(work.namespace());
                var proposed = repository.push(
                        "refs/pull/1/head",
                        Map.of(
                                "Dockerfile",
                                DOCKERFILE.replace("COPY source", waits + "COPY source"),
                                "source",
                                "mine\n"));
                work.until(
                        "a pull request that builds",
                        () -> work.runs().stream()
                                .filter(run -> proposed.equals(run.getSpec().commit()) && run.getStatus() != null)
                                .filter(run -> run.getStatus().steps().stream()
                                        .anyMatch(step -> step.state() == StepStatus.State.Running))
                                .findFirst());

                // When: main goes on and seals twice
                for (var source : List.of("two", "three")) {
                    var next = main(repository, source);
                    succeeded(work.finishedRunOf(next));
                    sealed(work, "refs/heads/main", next);
                }
                work.openName("go");

                // Then: the pull request has seen the first generation alone, which stays for it
                assertThat(made(work, work.finishedRunOf(proposed))).isEqualTo("dependency\none\nmine");
                work.until(
                        "the second generation to go",
                        () -> Optional.of(numbers(work)).filter(it -> it.equals(List.of(3, 1))));
                var again = succeeded(work.finished(work.start("small", "refs/pull/1/head", proposed)));
                assertThat(step(again, TOOL).executed()).isZero();

                // And goes once nobody reads it
                work.client().resource(scope(work, "refs/pull/1/head")).delete();
                var last = main(repository, "four");
                succeeded(work.finishedRunOf(last));
                var claim = sealed(work, "refs/heads/main", last).claim();
                work.until(
                        "the first generation to go",
                        () -> Optional.of(numbers(work)).filter(it -> it.equals(List.of(4))));
                var rerun = work.finished(work.start("small", "refs/heads/main", last));
                sealed(work, "refs/heads/main", last);
                assertThat(step(succeeded(rerun), TOOL).executed()).isZero();
                try (var files = VolumeFiles.of(work, claim)) {
                    assertThat(files.shell("ls generations"))
                            .doesNotContain("1")
                            .doesNotContain("2")
                            .doesNotContain("3");
                }
            } finally {
                work.client().resource(policy).delete();
            }
        }
    }

    @Test
    @ResourceLock(value = OperatorPod.LOCK, mode = ResourceAccessMode.READ) // whose log is read
    void rollbackGoesBackALossIsToldAsARegressionAndDeletingAScopeClearsIt() {
        try (var work = TestNamespace.open("rollback");
                var repository = work.repository()) {
            // Given: a good generation and a bad one
            var good = main(repository, "good");
            work.apply(CacheFixture.pipeline(repository, REST));
            succeeded(work.finishedRunOf(good));
            sealed(work, "refs/heads/main", good);
            var bad = main(repository, "bad");
            assertThat(made(work, work.finishedRunOf(bad))).isEqualTo("dependency\ngood\nbad");
            sealed(work, "refs/heads/main", bad);

            // When
            var scope = scope(work, "refs/heads/main");
            work.client()
                    .resource(scope)
                    .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\": {\"rollbackTo\": 1}}");
            var next = main(repository, "next");

            // Then: the next run has seen nothing of the bad one, nor does anybody after it
            var run = work.finishedRunOf(next);
            assertThat(made(work, run)).isEqualTo("dependency\ngood\nnext");
            assertThat(step(run, TOOL).cacheFrom()).startsWith("Rollback: generation 1, requested by spec.rollbackTo");
            OperatorPod.untilAudited(work, "CacheRolledBack " + work.namespace() + "/");
            sealed(work, "refs/heads/main", next);
            assertThat(numbers(work)).containsExactly(3, 1);

            // When: the cache is lost
            try (var files =
                    VolumeFiles.of(work, volume(work, "refs/heads/main").claim())) {
                files.shell("rm root/cache.db");
            }
            var rerun = succeeded(work.finished(work.start("small", "refs/heads/main", next)));

            // Then: the run says what it has run again
            assertThat(step(rerun, TOOL).executed()).isPositive();
            assertThat(step(rerun, TOOL).rebuilt()).isNotEmpty();
            assertThat(rerun.getStatus().conditions())
                    .filteredOn(condition -> condition.type().equals("CacheRegression"))
                    .singleElement()
                    .returns("True", Condition::status)
                    .satisfies(condition -> assertThat(condition.message()).contains(TOOL + " ran ["));

            // When: the scope is deleted
            work.client().resource(scope).delete();
            work.until(
                    "the scope to go",
                    () -> work.client()
                                    .resources(CacheScope.class)
                                    .inNamespace(work.namespace())
                                    .list()
                                    .getItems()
                                    .isEmpty()
                            ? Optional.of(true)
                            : Optional.empty());

            // Then: the next run starts with nothing
            var cold = succeeded(work.finished(work.start("small", "refs/heads/main", next)));
            assertThat(step(cold, TOOL).cached()).isZero();
            assertThat(step(cold, TOOL).cacheFrom()).startsWith("Cold: ");
        }
    }

    private static String main(GitRepository repository, String source) {
        return repository.push("refs/heads/main", Map.of("Dockerfile", DOCKERFILE, "source", source + "\n"));
    }

    private static List<Integer> numbers(TestNamespace work) {
        return volume(work, "refs/heads/main").generations().stream()
                .map(SealedGeneration::number)
                .toList();
    }

    private static String made(TestNamespace work, PipelineRun run) {
        return log(work, step(succeeded(run), "show").pod());
    }
}
