package dev.hearth.core.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.ArtifactsSpec;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunSpec;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.PipelineRunStatusBuilder;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.RunTrigger;
import dev.hearth.api.Trust;
import dev.hearth.core.Specs;
import dev.hearth.core.run.MergedRun.Successor;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** From which run of a merge queue a run of the branch takes over. */
class MergedRunTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final String MAIN = "refs/heads/main";
    private static final String GROUP = "refs/heads/gh-readonly-queue/main/pr-7-c0ffee";
    private static final String COMMIT = "c".repeat(40);
    private static final PipelineSpec SPEC = Specs.pipeline(List.of(), List.of(Specs.task("unit", "")));

    /** One way in which a run is not the run of the merge group that the branch was moved to. */
    enum Flaw {
        OTHER_PIPELINE,
        OTHER_BRANCH,
        PULL_REQUEST,
        BRANCH_NAMED_ALIKE,
        OTHER_COMMIT,
        OTHER_SPEC,
        TRUSTED,
        SEEDED_BY_ANOTHER_BRANCH,
        FAILED,
        UNFINISHED,
        SKIPPED,
        OLD,
        WITHOUT_STATUS
    }

    @Test
    void takesOverFromTheMergeGroupThatTheBranchWasMovedTo() {
        var group = group(Set.of(), "group");

        assertThat(MergedRun.find(main(RunTrigger.Ref, SPEC), List.of(group), NOW))
                .containsSame(group);
    }

    @ParameterizedTest
    @EnumSource
    void eachFlawAloneForbidsIt(Flaw flaw) {
        assertThat(MergedRun.find(main(RunTrigger.Ref, SPEC), List.of(group(Set.of(flaw), "group")), NOW))
                .isEmpty();
    }

    /** Whatever else runs have in common with the branch's run, and however many there are. */
    @Property
    void neverTakesOverFromARunWithAFlaw(@ForAll List<Set<Flaw>> flaws) {
        var all = IntStream.range(0, flaws.size())
                .mapToObj(at -> group(flaws.get(at), "run-" + at))
                .toList();

        var found = MergedRun.find(main(RunTrigger.Ref, SPEC), all, NOW);

        assertThat(found.isPresent()).isEqualTo(flaws.contains(Set.of()));
        found.ifPresent(run -> assertThat(flaws.get(all.indexOf(run))).isEmpty());
    }

    @Test
    void newestRunCounts() {
        var older = group(Set.of(), "older");
        older.setStatus(PipelineRunStatusBuilder.builder(older.getStatus())
                .finishedAt(NOW.minus(Duration.ofHours(2)).toString())
                .build());

        assertThat(MergedRun.find(main(RunTrigger.Ref, SPEC), List.of(group(Set.of(), "newer"), older), NOW))
                .hasValueSatisfying(run -> assertThat(run.name()).isEqualTo("newer"));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "Ref")
    void whoeverAsksForARunGetsOne(RunTrigger trigger) {
        assertThat(MergedRun.find(main(trigger, SPEC), List.of(group(Set.of(), "group")), NOW))
                .isEmpty();
    }

    @Test
    void pipelineThatReusesNothingTakesNothingOver() {
        var spec = SPEC.withArtifacts(new ArtifactsSpec(ArtifactsSpec.Store.Volume, null, null, null, false));
        var group = group(Set.of(), "group");
        group.setStatus(PipelineRunStatusBuilder.builder(group.getStatus())
                .pipelineSpec(spec)
                .build());

        assertThat(MergedRun.find(main(RunTrigger.Ref, spec), List.of(group), NOW))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"refs/tags/v1", "refs/pull/7/head", "refs/heads/other", GROUP})
    void otherRefsAtTheCommitTakeNothingOver(String ref) {
        assertThat(MergedRun.find(successor(ref, RunTrigger.Ref, SPEC), List.of(group(Set.of(), "group")), NOW))
                .isEmpty();
    }

    @Test
    void mergeGroupOfABranchThatIsSeededByAnotherHasTheSameSeeds() {
        var group = group(Set.of(Flaw.SEEDED_BY_ANOTHER_BRANCH), "group");
        var own = new Successor(
                run("p", "own", MAIN, RunTrigger.Ref), SPEC, COMMIT, List.of(MAIN, "refs/heads/release/1"));

        assertThat(MergedRun.find(own, List.of(group), NOW)).containsSame(group);
    }

    private static Successor main(RunTrigger trigger, PipelineSpec spec) {
        return successor(MAIN, trigger, spec);
    }

    private static Successor successor(String ref, RunTrigger trigger, PipelineSpec spec) {
        return new Successor(run("p", "own", ref, trigger), spec, COMMIT, List.of(MAIN));
    }

    private static PipelineRun group(Set<Flaw> flaws, String name) {
        var run = run(flaws.contains(Flaw.OTHER_PIPELINE) ? "q" : "p", name, ref(flaws), RunTrigger.Ref);
        if (flaws.contains(Flaw.WITHOUT_STATUS)) {
            return run;
        }
        var ended = flaws.contains(Flaw.OLD) ? NOW.minus(MergedRun.LONGEST) : NOW.minusSeconds(60);
        run.setStatus(PipelineRunStatusBuilder.builder()
                .phase(phase(flaws))
                .commit(flaws.contains(Flaw.OTHER_COMMIT) ? "d".repeat(40) : COMMIT)
                .trust(flaws.contains(Flaw.TRUSTED) ? Trust.Trusted : Trust.Untrusted)
                .seedRefs(
                        flaws.contains(Flaw.SEEDED_BY_ANOTHER_BRANCH)
                                ? List.of("refs/heads/release/1", MAIN)
                                : List.of(MAIN))
                .pipelineSpec(flaws.contains(Flaw.OTHER_SPEC) ? SPEC.withTimeout("91m") : SPEC)
                .finishedAt(flaws.contains(Flaw.UNFINISHED) ? null : ended.toString())
                .build());
        return run;
    }

    private static String ref(Set<Flaw> flaws) {
        if (flaws.contains(Flaw.PULL_REQUEST)) {
            return "refs/pull/7/head";
        }
        if (flaws.contains(Flaw.BRANCH_NAMED_ALIKE)) {
            return GROUP + "@" + COMMIT;
        }
        return flaws.contains(Flaw.OTHER_BRANCH) ? GROUP.replace("/main/", "/main/main/") : GROUP;
    }

    private static Phase phase(Set<Flaw> flaws) {
        if (flaws.contains(Flaw.SKIPPED)) {
            return Phase.Skipped;
        }
        return flaws.contains(Flaw.FAILED) ? Phase.Failed : Phase.Succeeded;
    }

    private static PipelineRun run(String pipeline, String name, String ref, RunTrigger trigger) {
        var run = new PipelineRun();
        run.setMetadata(new ObjectMetaBuilder()
                .withName(name)
                .withCreationTimestamp("2026-03-01T11:00:00Z")
                .build());
        run.setSpec(PipelineRunSpec.of(pipeline, ref, COMMIT).withTrigger(trigger));
        return run;
    }
}
