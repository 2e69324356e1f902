package dev.hearth.e2e;

import static dev.hearth.e2e.CacheFixture.log;
import static dev.hearth.e2e.CacheFixture.scope;
import static dev.hearth.e2e.CacheFixture.succeeded;
import static dev.hearth.testbed.TestNamespace.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.TaskCacheState;
import dev.hearth.api.TaskCacheState.State;
import dev.hearth.api.TaskCacheVolume;
import dev.hearth.testbed.GitRepository;
import dev.hearth.testbed.TestNamespace;
import dev.hearth.testbed.VolumeFiles;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** Directories that tasks find as earlier runs of their ref, or of a trusted one, left them. */
@Order(2) // takes long
class TaskCachesE2E {
    private static final String MAIN = "refs/heads/main";
    private static final String PULL = "refs/pull/1/head";

    /** Says what it found, and leaves a line on its commit. */
    private static final String UNIT = """
            tasks:
            - name: unit
              image: debian:bookworm-slim
              caches: [{path: /src/target}]
              command:
              - sh
              - -euc
              - |
                cat /src/target/lines || echo nothing
                echo {branch}{pullRequest} >>/src/target/lines
            """;

    /** Leaves files in main's runs; tries in others to change them. */
    private static final String ATTACK = """
            - name: attack
              image: debian:bookworm-slim
              caches: [{path: /src/target}]
              command:
              - sh
              - -uc
              - |
                cd /src/target
                if [ "{branch}" = main ]; then
                  test ! -e poison || exit 1
                  echo good >file && ln -sf file link && mkdir -p sub && ln -sf ../file sub/link && ln -f file hard
                  exit 0
                fi
                # Writes through each link that main's task left, and by each path to main's own state.
                echo poison >link; echo poison >sub/link; echo poison >hard
                touch poison ../poison ../../poison /src/poison
                ln -s /hearth own; touch own/own/poison own/cache-read-0/poison
                ln -s /proc/1/root root; touch root/hearth/own/poison
                ls /hearth && exit 1
                chmod 000 .; true
            """;

    @Test
    void laterRunsFindWhatMainLeftAndAPullRequestChangesNothingOfIt() {
        try (var work = TestNamespace.open("directories");
                var repository = work.repository()) {
            work.apply(pipeline(repository, UNIT + ATTACK));

            // When main runs for the first time, then it finds nothing
            var first = ran(work, repository, MAIN, "1");
            assertThat(said(work, first)).isEqualTo("nothing");
            assertThat(step(first, "unit").cacheFrom()).isEqualTo("/src/target: empty, no run has filled it yet");
            sealed(work, MAIN, first);

            // When it runs again, then it finds what it left, and so does a pull request
            var second = ran(work, repository, MAIN, "2");
            assertThat(said(work, second)).isEqualTo("main");
            assertThat(step(second, "unit").cacheFrom())
                    .matches("/src/target: 1Mi of run " + name(first) + " in [0-9.]+ s");
            sealed(work, MAIN, second);
            var main = volume(work, MAIN);
            assertThat(main.capacity()).isNotNull();
            assertThat(scope(work, MAIN).getStatus().used()).isEqualTo(main.used());

            try (var files = VolumeFiles.of(work, main.claim())) {
                var before = files.hash(".");
                var proposed = ran(work, repository, PULL, "3");
                assertThat(said(work, proposed)).isEqualTo("main\nmain");
                assertThat(step(proposed, "unit").cacheFrom())
                        .startsWith("/src/target: 1Mi of run " + name(second) + " of refs/heads/main in ");
                sealed(work, PULL, proposed);
                var again = ran(work, repository, PULL, "4");
                assertThat(said(work, again)).isEqualTo("main\nmain\n1");
                sealed(work, PULL, again);

                // Then main's files are what they were, and no container could write them
                for (var run : List.of(proposed, again)) {
                    for (var task : List.of("unit", "attack")) {
                        assertReadOnly(work, run, task, main.claim());
                    }
                }
                assertThat(files.hash(".")).isEqualTo(before);
                assertThat(files.shell("find . -name file -exec cat {} + | sort -u"))
                        .isEqualTo("good");
            }

            // And main sees none of it
            assertThat(said(work, ran(work, repository, MAIN, "5"))).isEqualTo("main\nmain");
        }
    }

    @Test
    void whatAFailedTaskLeftIsUsedByNobodyAndALostVolumeIsMadeAnew() {
        try (var work = TestNamespace.open("directories-failed");
                var repository = work.repository()) {
            work.apply(pipeline(
                    repository,
                    UNIT.replace(
                            "echo {branch}",
                            "[ \"$(cat /src/target/lines)\" != main ]"
                                    + " || { echo broken >/src/target/lines; exit 1; }\n    echo {branch}")));
            var first = ran(work, repository, MAIN, "1");
            var good = sealed(work, MAIN, first);

            for (var commit : List.of("2", "3")) {
                var failed = work.finishedRunOf(repository.push(MAIN, Map.of("source", commit)));
                assertThat(failed.getStatus().phase()).isEqualTo(Phase.Failed);
                assertThat(said(work, failed)).isEqualTo("main");
                assertThat(step(failed, "unit").cacheFrom()).contains("of run " + name(first));
            }

            // What the failed ones left goes: the last of it with the next pod.
            work.until(
                    "what failed to be outdated",
                    () -> Optional.of(volume(work, MAIN).states())
                            .filter(states -> states.stream()
                                    .filter(state -> state.state() == State.Sealed)
                                    .map(TaskCacheState::folder)
                                    .toList()
                                    .equals(List.of(good.folder())))
                            .filter(states -> states.stream().noneMatch(state -> state.state() == State.Open)));
            assertThat(volume(work, MAIN).states()).hasSizeLessThanOrEqualTo(2);

            // When a user deletes the volume
            var lost = volume(work, MAIN);

            work.client()
                    .persistentVolumeClaims()
                    .inNamespace(work.namespace())
                    .withName(lost.claim())
                    .delete();
            work.until(
                    "a volume in its place",
                    () -> Optional.of(volume(work, MAIN))
                            .filter(volume -> volume.uid() != null
                                    && !volume.uid().equals(lost.uid())
                                    && volume.states().isEmpty()));

            // Then the next run begins with nothing, and the one after it finds what that left
            var anew = ran(work, repository, MAIN, "4");
            assertThat(said(work, anew)).isEqualTo("nothing");
            sealed(work, MAIN, anew);
            assertThat(said(work, work.finishedRunOf(repository.push(MAIN, Map.of("source", "5")))))
                    .isEqualTo("main");
        }
    }

    /** Each says what it found, and leaves its name in two directories. */
    private static final String CELLS = """
            - name: cells
              image: debian:bookworm-slim
              matrix: {axes: {part: [a, b]}}
              caches: [{path: /workspace/cache}, {path: /src/.other}]
              command:
              - sh
              - -euc
              - |
                cat cache/who /src/.other/who || echo nothing
                echo {matrix.part} >cache/who
                echo other-{matrix.part} >/src/.other/who
            """;

    @Test
    void podKilledWhileItsCopyRunsHarmsNobodyAndParallelCellsKeepTheirOwn() {
        try (var work = TestNamespace.open("directories-killed");
                var repository = work.repository()) {
            work.apply(pipeline(
                    repository,
                    UNIT.replace(
                                    "cat /src/target/lines || echo nothing",
                                    "cat /src/target/lines || { echo nothing; cd /src/target;"
                                            + " for i in $(seq 400); do mkdir $i; (cd $i; seq 10 | xargs touch); done; }\n"
                                            + "    ls /src/target | wc -l")
                            + CELLS));
            var first = ran(work, repository, MAIN, "1");
            sealed(work, MAIN, first);

            // When its pod is deleted before the task has begun
            var commit = repository.push(MAIN, Map.of("source", "2"));
            var pod = work.until(
                    "a pod that copies",
                    () -> work.client().pods().inNamespace(work.namespace()).list().getItems().stream()
                            .filter(it -> !it.getMetadata().getName().contains(name(first)))
                            .filter(it -> it.getMetadata().getName().contains("-task-unit"))
                            .filter(it -> it.getSpec().getNodeName() != null)
                            .findFirst());
            work.client().resource(pod).withGracePeriod(0).delete();

            // Then the next attempt finds all that the first run left
            var second = succeeded(work.finishedRunOf(commit));
            assertThat(said(work, second)).as(step(second, "unit").cacheFrom()).isEqualTo("main\n401");
            var kept = sealed(work, MAIN, second);
            try (var files = VolumeFiles.of(work, volume(work, MAIN).claim())) {
                assertThat(files.shell("find " + kept.folder() + " -type f | wc -l"))
                        .isEqualTo("4001");
                assertThat(files.shell("find . -name '*.part' | wc -l")).isEqualTo("0");
            }
            for (var part : List.of("a", "b")) {
                assertThat(log(work, step(second, "cells[part=" + part + "]").pod()))
                        .isEqualTo(part + "\nother-" + part);
            }
        }
    }

    private static PipelineRun ran(TestNamespace work, GitRepository repository, String ref, String source) {
        return succeeded(work.finishedRunOf(repository.push(ref, Map.of("source", source))));
    }

    private static String said(TestNamespace work, PipelineRun run) {
        return work.client()
                .pods()
                .inNamespace(work.namespace())
                .withName(step(run, "unit").pod())
                .inContainer("task")
                .getLog()
                .lines()
                .filter(line -> !line.startsWith("cat: "))
                .reduce((first, second) -> first + "\n" + second)
                .orElse("");
    }

    private static TaskCacheVolume volume(TestNamespace work, String ref) {
        return scope(work, ref).getStatus().taskCaches().getFirst();
    }

    /** Waits until all that a run left is good: its pods end after their steps. Returns what its task unit left. */
    private static TaskCacheState sealed(TestNamespace work, String ref, PipelineRun run) {
        return work.until(
                "what " + name(run) + " left to be sealed",
                () -> Optional.of(volume(work, ref).states().stream()
                                .filter(state -> state.run().equals(name(run)))
                                .toList())
                        .filter(states ->
                                !states.isEmpty() && states.stream().allMatch(state -> state.state() == State.Sealed))
                        .flatMap(states -> states.stream()
                                .filter(state -> state.step().equals("unit"))
                                .findFirst()));
    }

    /** In every container that has it at all. */
    private static void assertReadOnly(TestNamespace work, PipelineRun run, String task, String claim) {
        var spec = work.client()
                .pods()
                .inNamespace(work.namespace())
                .withName(step(run, task).pod())
                .require()
                .getSpec();
        var volumes = spec.getVolumes().stream()
                .filter(volume -> volume.getPersistentVolumeClaim() != null
                        && volume.getPersistentVolumeClaim().getClaimName().equals(claim))
                .map(volume -> volume.getName())
                .toList();
        assertThat(Stream.concat(spec.getInitContainers().stream(), spec.getContainers().stream())
                        .flatMap(container -> container.getVolumeMounts().stream())
                        .filter(mount -> volumes.contains(mount.getName())))
                .allMatch(VolumeMount::getReadOnly);
    }

    private static String name(PipelineRun run) {
        return run.getMetadata().getName();
    }

    private static String pipeline(GitRepository repository, String rest) {
        return CacheFixture.pipeline(repository, rest);
    }
}
