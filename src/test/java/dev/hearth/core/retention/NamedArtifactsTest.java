package dev.hearth.core.retention;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.IsolationForm;
import dev.hearth.api.OperatingSystem;
import dev.hearth.api.PipelineRun;
import dev.hearth.core.plan.Names;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Which artifacts on cache volumes are kept. */
class NamedArtifactsTest {
    private static final Instant NOW = Instant.parse("2026-06-01T00:00:00Z");
    private static final String MAIN = "refs/heads/main";
    private static final String PULL = "refs/pull/1/head";
    private static final String CLAIM = claim(MAIN);

    @Test
    void namesWhatStepsMadeReuseOrAreAboutToReuse() {
        var runs = List.of(
                finished(MAIN, 1, step("Succeeded", CLAIM, "b"), step("Succeeded", CLAIM, "a")),
                unfinished(PULL, step("Pending", CLAIM, "c"), "{name: unit, state: Running}"),
                unfinished(PULL, step("Succeeded", claim(PULL), "d"), step("Succeeded", CLAIM, "a")));

        assertThat(NamedArtifacts.on(CLAIM, runs)).containsExactly("a".repeat(16), "b".repeat(16), "c".repeat(16));
    }

    @Test
    void runThatHasBegunNothingNamesNothing() {
        var unknown = unfinished(MAIN);
        unknown.setStatus(null);

        assertThat(NamedArtifacts.on(CLAIM, List.of(unknown, unfinished(MAIN)))).isEmpty();
        assertThat(NamedArtifacts.inUse(unknown)).isEmpty();
    }

    /** Those of earlier versions were on a volume of the run. */
    @Test
    void artifactsOfEarlierVersionsAndOfRegistriesAreNotOnVolumesOfScopes() {
        var task = "{name: unit, state: Succeeded, artifact: {claim: %s, path: unit/1}}".formatted(CLAIM);
        var pushed = "{name: tool/artifact, state: Succeeded, artifact: {image: \"registry.example/a@sha256:1\"}}";

        assertThat(NamedArtifacts.on(CLAIM, List.of(unfinished(MAIN, task, pushed))))
                .isEmpty();
        assertThat(NamedArtifacts.inUse(unfinished(MAIN, task, pushed))).isEmpty();
        assertThat(NamedArtifacts.toRelease(List.of(finished(MAIN, 1, task, pushed)), Duration.ZERO, NOW))
                .isEmpty();
    }

    /** Its tasks are over. Main's own runs keep the files for later ones. */
    @Test
    void finishedRunNamesNothingOnVolumesOfOtherRefs() {
        var run = finished(PULL, 1, step("Succeeded", CLAIM, "a"), step("Succeeded", claim(PULL), "b"));

        assertThat(NamedArtifacts.isNaming(run, CLAIM)).isFalse();
        assertThat(NamedArtifacts.on(CLAIM, List.of(run))).isEmpty();
        assertThat(NamedArtifacts.on(claim(PULL), List.of(run))).containsExactly("b".repeat(16));
    }

    @Test
    void releasedRunNamesNothing() {
        var run = finished(MAIN, 1, step("Succeeded", CLAIM, "a"));
        run.getMetadata().setAnnotations(Map.of(NamedArtifacts.RELEASED, "true"));

        assertThat(NamedArtifacts.isNaming(run, CLAIM)).isFalse();
        assertThat(NamedArtifacts.on(CLAIM, List.of(run))).isEmpty();
        assertThat(NamedArtifacts.toRelease(List.of(run), Duration.ZERO, NOW))
                .as("what is released already")
                .isEmpty();
    }

    @Test
    void fiveFinishedRunsOfEachRefKeepTheirArtifacts() {
        var runs = Stream.of(
                        IntStream.rangeClosed(1, 7).mapToObj(day -> finished(MAIN, day, step("Succeeded", CLAIM, "a"))),
                        IntStream.rangeClosed(1, 5)
                                .mapToObj(day -> finished(PULL, day, step("Succeeded", claim(PULL), "a"))),
                        Stream.of(
                                finished(MAIN, 8, "{name: tool, state: Failed}"),
                                finished(MAIN, 9, step("Succeeded", claim(PULL), "a")),
                                unfinished(MAIN, step("Succeeded", CLAIM, "a"))))
                .flatMap(each -> each)
                .toList();

        assertThat(NamedArtifacts.toRelease(runs, null, NOW))
                .extracting(PipelineRun::name)
                .containsExactly("main-2", "main-1");
    }

    @Test
    void artifactsAreReleasedAfterTheirTime() {
        var runs = List.of(
                finished(MAIN, 1, step("Succeeded", CLAIM, "a")),
                finished(MAIN, 20, step("Succeeded", CLAIM, "a")),
                unfinished(MAIN, step("Succeeded", CLAIM, "a")));

        assertThat(NamedArtifacts.toRelease(runs, Duration.ofDays(20), NOW))
                .extracting(PipelineRun::name)
                .containsExactly("main-1");
    }

    @Test
    void allOfAnUnfinishedRunStaysOnTheVolumeOfItsRefWithWhatOthersName() {
        var claim = tasks(MAIN);
        var runs = List.of(
                finished(MAIN, 1, task(claim, "1111111111111111/aaaaaaaaaaaaaaaa")),
                finished(MAIN, 2, task(claim, "1111111111111111/aaaaaaaaaaaaaaaa"), "{name: failed, state: Failed}"),
                finished(PULL, 3, task(claim, "2222222222222222/aaaaaaaaaaaaaaaa")),
                unfinished(PULL, task(claim, "3333333333333333/aaaaaaaaaaaaaaaa")),
                unfinished(MAIN, task(claim, Names.runFolder("uid-of-unfinished") + "/bbbbbbbbbbbbbbbb")));

        assertThat(NamedArtifacts.ofTasks(claim, runs))
                .containsExactlyInAnyOrder(
                        Names.runFolder("uid-of-unfinished"),
                        "1111111111111111/aaaaaaaaaaaaaaaa",
                        "3333333333333333/aaaaaaaaaaaaaaaa");
    }

    @Test
    void whatAReleasedRunHasLeftOnTheVolumeOfTasksGoes() {
        var run = finished(MAIN, 1, task(tasks(MAIN), "1111111111111111/aaaaaaaaaaaaaaaa"));
        assertThat(NamedArtifacts.toRelease(List.of(run), Duration.ZERO, NOW)).containsExactly(run);
        run.getMetadata().setAnnotations(Map.of(NamedArtifacts.RELEASED, "true"));

        assertThat(NamedArtifacts.ofTasks(tasks(MAIN), List.of(run))).isEmpty();
    }

    /** The folder of each pod of a run is in the folder that its run keeps while it has not finished. */
    @Property
    void folderOfAnAttemptIsInThatOfItsRun(@ForAll String uid, @ForAll String pod) {
        assertThat(Names.artifactFolder(uid, pod))
                .matches("artifacts/[0-9a-f]{16}/[0-9a-f]{16}")
                .startsWith("artifacts/" + Names.runFolder(uid) + "/");
    }

    private static String tasks(String ref) {
        return Names.taskCacheVolume(Names.scope(unfinished(ref)).orElseThrow(), OperatingSystem.Linux);
    }

    private static String task(String claim, String folder) {
        return "{name: unit, state: Succeeded, artifact: {claim: %s, claimUid: uid, path: artifacts/%s}}"
                .formatted(claim, folder);
    }

    @Test
    void volumesWithArtifactsOfUnfinishedRunsAreInUse() {
        assertThat(NamedArtifacts.inUse(unfinished(MAIN, step("Succeeded", CLAIM, "a"), step("Pending", "other", "a"))))
                .containsExactly(CLAIM, "other");
        assertThat(NamedArtifacts.inUse(finished(MAIN, 1, step("Succeeded", CLAIM, "a"))))
                .isEmpty();
    }

    private static String claim(String ref) {
        return Names.volume(Names.scope(unfinished(ref)).orElseThrow(), "linux/amd64", IsolationForm.Privileged);
    }

    private static PipelineRun unfinished(String ref, String... steps) {
        return run(ref, "unfinished", "", steps);
    }

    private static PipelineRun finished(String ref, int dayOfMay, String... steps) {
        var name = (ref.equals(MAIN) ? "main-" : "pull-") + dayOfMay;
        return run(ref, name, "finishedAt: \"2026-05-%02dT00:00:00Z\"".formatted(dayOfMay), steps);
    }

    private static PipelineRun run(String ref, String name, String status, String... steps) {
        return Serialization.unmarshal("""
                apiVersion: hearth.dev/v1alpha1
                kind: PipelineRun
                metadata: {namespace: ci, name: %1$s, uid: uid-of-%1$s, creationTimestamp: "2026-04-30T00:00:00Z"}
                spec: {pipeline: app, ref: %2$s}
                status:
                  trust: Trusted
                  commit: c0ffee
                  pipelineSpec: {source: {url: "https://git.example/app.git"}}
                  %3$s
                  steps: [%4$s]
                """.formatted(name, ref, status, String.join(", ", steps)), PipelineRun.class);
    }

    private static String step(String state, String claim, String digit) {
        return "{name: tool, state: %s, artifact: {claim: %s, claimUid: uid, path: artifacts/%s}}"
                .formatted(state, claim, digit.repeat(64));
    }
}
