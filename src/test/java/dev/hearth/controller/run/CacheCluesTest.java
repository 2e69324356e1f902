package dev.hearth.controller.run;

import static dev.hearth.git.GitServer.BUDGET;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunSpec;
import dev.hearth.api.PipelineSpec;
import dev.hearth.controller.run.CommitResolver.Resolved;
import dev.hearth.core.Specs;
import dev.hearth.core.cache.TrustedBases;
import dev.hearth.git.BranchDistances;
import dev.hearth.git.CommitFiles;
import dev.hearth.git.GitException;
import dev.hearth.git.GitServer;
import dev.hearth.git.RemoteRefs;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CacheCluesTest {
    private static final String MAIN = "refs/heads/main";
    private static final String RELEASE = "refs/heads/release/1";
    private static final String PULL = "refs/pull/7/head";
    private static final PipelineSpec SPEC = Specs.pipeline(List.of(Specs.build("tool", null)), List.of());

    private final CacheClues clues = new CacheClues(new CommitFiles(BUDGET), new BranchDistances(BUDGET));

    private static TrustedBases bases(RemoteRefs refs, GitServer.Repository repository, String ref)
            throws GitException {
        return refs.read(
                repository.http(), listing -> TrustedBases.of(SPEC, ref, listing.commits(), listing.defaultBranch()));
    }

    @Test
    void tellsRecipeAndBases() throws Exception {
        try (var server = GitServer.start()) {
            var repository = server.create("clues");
            var main = repository.commit(MAIN, "Dockerfile", "FROM busybox");
            var release = repository.commit(RELEASE, "Dockerfile", "FROM debian", main);
            var pull = repository.commit(PULL, "Dockerfile", "FROM busybox", release);
            var refs = new RemoteRefs(BUDGET);

            var ofPull = clues.of(run(PULL), SPEC, repository.http(), pull, bases(refs, repository, PULL));
            var ofMain = clues.of(run(MAIN), SPEC, repository.http(), main, bases(refs, repository, MAIN));

            assertThat(ofPull.commit()).isEqualTo(pull);
            assertThat(ofPull.bases()).containsExactly(RELEASE, MAIN);
            assertThat(ofPull.recipe()).isPresent().isEqualTo(ofMain.recipe());
            assertThat(ofMain.bases()).containsExactly(MAIN);
        }
    }

    @Test
    void goesOnWithTheDefaultBranchWhereGitTellsNothing() throws Exception {
        try (var server = GitServer.start()) {
            var commit = "1".repeat(40);
            var bases = TrustedBases.of(SPEC, PULL, Map.of(MAIN, commit, RELEASE, commit), Optional.of(MAIN));

            var resolved = clues.of(run(PULL), SPEC, server.http("missing.git"), commit, bases);

            assertThat(resolved).isEqualTo(new Resolved(SPEC, commit, Optional.empty(), List.of(MAIN), Map.of()));
        }
    }

    private static PipelineRun run(String ref) {
        var run = new PipelineRun();
        run.setMetadata(
                new ObjectMetaBuilder().withNamespace("ci").withName("run").build());
        run.setSpec(new PipelineRunSpec("app", ref, null, false));
        return run;
    }
}
