package dev.hearth.controller.run.context;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunSpec;
import dev.hearth.api.PipelineRunStatusBuilder;
import dev.hearth.api.Trust;
import dev.hearth.cluster.storage.NoStorage;
import dev.hearth.cluster.storage.StorageResolver;
import dev.hearth.core.Specs;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RunContextTest {
    private static final String GROUP = "refs/heads/gh-readonly-queue/main/pr-7-c0ffee";
    private static final String COMMIT = "c".repeat(40);
    private static final String OTHER = "d".repeat(40);

    /** Somebody can push a commit that poisons what it leaves, and then the one that was reviewed. */
    @Test
    void runOfAMergeGroupReusesNothingOfAnotherCommitOfItsRef() {
        var runs = List.of(run("own", GROUP, COMMIT), run("again", GROUP, COMMIT), run("before", GROUP, OTHER));

        assertThat(reused(runs)).containsExactly("again");
    }

    @Test
    void runOfAnotherRefReusesWhatItsEarlierCommitsHaveLeft() {
        var ref = "refs/pull/7/head";
        var runs = List.of(run("own", ref, COMMIT), run("before", ref, OTHER), run("group", GROUP, COMMIT));

        assertThat(reused(runs)).containsExactly("before");
    }

    private static List<String> reused(List<PipelineRun> runs) {
        return RunContext.of(
                        runs.getFirst(),
                        Map.of(),
                        null,
                        List.of(),
                        List.of(),
                        runs,
                        true,
                        new StorageResolver(new NoStorage()))
                .reusableRuns()
                .map(PipelineRun::name)
                .toList();
    }

    private static PipelineRun run(String name, String ref, String commit) {
        var run = new PipelineRun();
        run.setMetadata(new ObjectMetaBuilder()
                .withNamespace("ci")
                .withName(name)
                .withUid("uid-of-" + name)
                .withCreationTimestamp("2026-03-01T12:00:00Z")
                .build());
        run.setSpec(PipelineRunSpec.of("hello", ref, commit));
        run.setStatus(PipelineRunStatusBuilder.builder()
                .commit(commit)
                .trust(Trust.Untrusted)
                .pipelineSpec(Specs.pipeline(List.of(), List.of(Specs.task("unit", ""))))
                .build());
        return run;
    }
}
