package dev.hearth.controller.run;

import static dev.hearth.git.GitServer.BUDGET;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunSpec;
import dev.hearth.api.PipelineSpec;
import dev.hearth.controller.run.CommitResolver.Resolved;
import dev.hearth.controller.run.DefinitionReader.Defined;
import dev.hearth.core.Specs;
import dev.hearth.core.buildcache.SeedRefs;
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
class CommitMetadataTest {
    private static final String MAIN = "refs/heads/main";
    private static final String RELEASE = "refs/heads/release/1";
    private static final String PULL = "refs/pull/7/head";
    private static final PipelineSpec SPEC = Specs.pipeline(List.of(Specs.build("tool", null)), List.of());

    private final CommitMetadata metadata = new CommitMetadata(new CommitFiles(BUDGET), new BranchDistances(BUDGET));

    private static SeedRefs candidates(RemoteRefs refs, GitServer.Repository repository, String ref)
            throws GitException {
        return refs.read(
                repository.http(),
                listing -> SeedRefs.of(
                        SPEC, ref, listing.commits(), listing.defaultBranch().orElse(null)));
    }

    @Test
    void readsRecipeAndSeedRefs() throws Exception {
        try (var server = GitServer.start()) {
            var repository = server.create("metadata");
            var main = repository.commit(MAIN, "Dockerfile", "FROM busybox");
            var release = repository.commit(RELEASE, "Dockerfile", "FROM debian", main);
            var pull = repository.commit(PULL, "Dockerfile", "FROM busybox", release);
            var refs = new RemoteRefs(BUDGET);

            var ofPull = metadata.read(
                    run(PULL), new Defined(SPEC, null), repository.http(), pull, candidates(refs, repository, PULL));
            var ofMain = metadata.read(
                    run(MAIN), new Defined(SPEC, null), repository.http(), main, candidates(refs, repository, MAIN));

            assertThat(ofPull.commit()).isEqualTo(pull);
            assertThat(ofPull.seedRefs()).containsExactly(RELEASE, MAIN);
            assertThat(ofPull.recipe()).isPresent().isEqualTo(ofMain.recipe());
            assertThat(ofMain.seedRefs()).containsExactly(MAIN);
        }
    }

    @Test
    void usesTheDefaultBranchIfTheRepositoryCannotBeRead() throws Exception {
        try (var server = GitServer.start()) {
            var commit = "1".repeat(40);
            var candidates = SeedRefs.of(SPEC, PULL, Map.of(MAIN, commit, RELEASE, commit), MAIN);

            var resolved =
                    metadata.read(run(PULL), new Defined(SPEC, null), server.http("missing.git"), commit, candidates);

            assertThat(resolved)
                    .isEqualTo(
                            new Resolved(new Defined(SPEC, null), commit, Optional.empty(), List.of(MAIN), Map.of()));
        }
    }

    private static PipelineRun run(String ref) {
        var run = new PipelineRun();
        run.setMetadata(
                new ObjectMetaBuilder().withNamespace("ci").withName("run").build());
        run.setSpec(PipelineRunSpec.of("app", ref, null));
        return run;
    }
}
