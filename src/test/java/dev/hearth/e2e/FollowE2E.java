package dev.hearth.e2e;

import static dev.hearth.testbed.TestNamespace.condition;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.testbed.GitRepository;
import dev.hearth.testbed.TestNamespace;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Refs are followed, however many there are, whatever their names are, and whatever else has been there before. */
class FollowE2E {
    private static final String UNIT = "tasks: [{name: unit, image: busybox, command: [\"true\"]}]";
    private static final int MANY = 99_000;

    @Test
    void repositoryWithAHundredThousandRefsIsFollowedInObjectsOfABoundedSize() {
        try (var work = TestNamespace.open("many");
                var repository = work.repository()) {
            var main = MinimalPipeline.push(repository);
            repository.withPullRequests(MANY, main);
            var pipeline = work.apply(following(repository, "branches: [main], pullRequests: {enabled: true}"));

            assertThat(work.finishedRunOf(main).getSpec().ref()).isEqualTo("refs/heads/main");
            work.until(
                    pipeline, it -> Optional.ofNullable(it.getStatus().refs()).equals(Optional.of(MANY + 1)));
            var pushed = repository.push("refs/pull/77/head", Map.of("a", "b"));
            var run = work.finishedRunOf(pushed);

            assertThat(run.getStatus().phase()).isEqualTo(Phase.Succeeded);
            assertThat(work.runs())
                    .extracting(it -> it.getSpec().ref())
                    .containsExactlyInAnyOrder("refs/heads/main", "refs/pull/77/head");
            assertThat(maps(work))
                    .isNotEmpty()
                    .allSatisfy(map ->
                            assertThat(Serialization.asJson(map).length()).isLessThan(64 * 1024));
        }
    }

    @Test
    void branchWithALongNameRunsAndKeepsNoOtherFromRunning() {
        try (var work = TestNamespace.open("long");
                var repository = work.repository()) {
            var main = MinimalPipeline.push(repository);
            work.apply(following(repository, "branches: ['**']"));
            work.finishedRunOf(main);

            var name = "refs/heads/" + "a".repeat(120) + "/" + "b".repeat(130);
            var onLong = repository.push(name, Map.of("a", "1"));
            var onOther = repository.push("refs/heads/zzz", Map.of("a", "2"));

            assertThat(work.finishedRunOf(onOther).getStatus().phase()).isEqualTo(Phase.Succeeded);
            assertThat(work.finishedRunOf(onLong))
                    .returns(name, run -> run.getSpec().ref())
                    .returns(Phase.Succeeded, run -> run.getStatus().phase());
        }
    }

    /** A quota of one run stands for whatever the API server may have against a run. */
    @Test
    void refThatCannotRunIsNamedAndTheOthersRun() {
        try (var work = TestNamespace.open("refused");
                var repository = work.repository();
                var quota = work.quota("runs", "count/pipelineruns.hearth.dev", 1)) {
            var main = MinimalPipeline.push(repository);
            repository.push("refs/heads/next", Map.of("a", "1"));
            var pipeline = work.apply(following(repository, "branches: ['**']"));

            work.finishedRunOf(main);
            var told = work.until(pipeline, it -> degraded(it).isPresent());
            assertThat(degraded(told))
                    .hasValueSatisfying(why -> assertThat(why).contains("refs/heads/next", "exceeded quota: runs"));

            quota.raise(10);
            work.until(
                    "a run of the other",
                    () -> work.runs().stream()
                            .filter(run -> run.getSpec().ref().equals("refs/heads/next"))
                            .findFirst());
            work.until(pipeline, it -> degraded(it).isEmpty());
        }
    }

    @Test
    void mapThatSomebodyHasUnderTheNameOfAnEarlierLedgerStays() {
        try (var work = TestNamespace.open("map");
                var repository = work.repository()) {
            var main = MinimalPipeline.push(repository);
            var theirs = work.client()
                    .resource(new ConfigMapBuilder()
                            .withNewMetadata()
                            .withNamespace(work.namespace())
                            .withName("small-refs")
                            .endMetadata()
                            .withData(Map.of("refs", "what somebody needs", "other", "kept"))
                            .build())
                    .create();
            var pipeline = work.apply(following(repository, "branches: [main]"));

            var run = work.finishedRunOf(main);
            assertThat(run.getStatus().phase()).isEqualTo(Phase.Succeeded);
            work.client().resource(pipeline).delete();
            work.client().resource(run).waitUntilCondition(it -> it == null, 1, TimeUnit.MINUTES);

            work.until("the end of its ledger", () -> Optional.of(maps(work)).filter(List::isEmpty));
            assertThat(work.client().resource(theirs).get()).isEqualTo(theirs);
        }
    }

    private static String following(GitRepository repository, String triggers) {
        return MinimalPipeline.pipeline(repository, UNIT).replace("branches: [main]", triggers);
    }

    private static Optional<String> degraded(Pipeline pipeline) {
        return condition(pipeline, "Degraded").map(it -> it.message());
    }

    private static List<ConfigMap> maps(TestNamespace work) {
        return work.client().configMaps().inNamespace(work.namespace()).list().getItems().stream()
                .filter(map -> map.getMetadata().getName().startsWith("hearth-refs-"))
                .toList();
    }
}
