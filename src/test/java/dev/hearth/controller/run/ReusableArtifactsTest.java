package dev.hearth.controller.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CachePolicy;
import dev.hearth.api.CacheScope;
import dev.hearth.api.IsolationForm;
import dev.hearth.api.PipelineRun;
import dev.hearth.cluster.storage.NoStorage;
import dev.hearth.cluster.storage.StorageResolver;
import dev.hearth.config.TestConfig;
import dev.hearth.controller.run.context.RunContext;
import dev.hearth.controller.run.context.RunContextFixture;
import dev.hearth.controller.run.pods.TrustedMountCheck;
import dev.hearth.core.plan.ArtifactKeys;
import dev.hearth.core.plan.Names;
import dev.hearth.core.plan.Step;
import dev.hearth.core.retention.NamedArtifacts;
import dev.hearth.core.run.Observation;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Artifacts on cache volumes: a run takes only those that stay, and names them before it uses them. */
class ReusableArtifactsTest {
    private static final Instant NOW = Instant.parse("2026-06-01T00:00:00Z");
    private static final String MAIN = "refs/heads/main";
    private static final String TAG = "refs/tags/v1";
    private static final String KEY = key();
    private static final String CLAIM =
            Names.volume(Names.scope(run("any", MAIN, "")).orElseThrow(), "linux/amd64", IsolationForm.UserNamespace);

    private final ReusableArtifacts artifacts = new ReusableArtifacts(new TrustedMountCheck(TestConfig.of(Map.of())));

    @Test
    void runNamesAnArtifactBeforeItUsesIt() {
        var earlier = earlier();

        var found = find(run("own", MAIN, ""), earlier).orElseThrow();
        assertThat(found.kept()).isFalse();
        assertThat(found.artifact().reusedFrom()).isEqualTo("earlier");

        var naming = run("own", MAIN, step("Pending", found.artifact().reusedFrom()));
        assertThat(find(naming, earlier))
                .as("the watch does not show yet that the run names it")
                .contains(found);
        assertThat(find(naming, earlier, naming))
                .hasValueSatisfying(used -> assertThat(used.kept()).isTrue());
    }

    @Test
    void artifactThatMayBeRemovedIsNotTaken() {
        var released = earlier();
        released.getMetadata().setAnnotations(Map.of(NamedArtifacts.RELEASED, "true"));
        var deleted = earlier();
        deleted.getMetadata().setDeletionTimestamp(NOW.toString());

        assertThat(find(run("own", MAIN, ""), released)).isEmpty();
        assertThat(find(run("own", MAIN, ""), deleted)).isEmpty();
    }

    @Test
    void artifactOfAFormerVolumeIsNotTaken() {
        assertThat(find(run("own", MAIN, ""), scope("second"), new NoStorage(), List.of(earlier())))
                .isEmpty();
    }

    /** A status that would be too large names the folder of its artifacts once. */
    @Test
    void artifactIsNamedByAStatusThatHasItsFolderInAnotherPlace() {
        var own = run(
                "own",
                MAIN,
                "artifactFolder: {claim: %s, claimUid: first, path: artifacts}".formatted(CLAIM),
                "{name: tool/linux/amd64, state: Pending, artifact: {path: f1, inputs: %s, reusedFrom: earlier}}"
                        .formatted(KEY));

        assertThat(find(own, earlier(), own))
                .hasValueSatisfying(it -> assertThat(it.kept()).isTrue());
        assertThat(find(run("own", MAIN, ""), earlier()))
                .hasValueSatisfying(it -> assertThat(it.kept()).isFalse());
    }

    /** The image outlives what the run has left on the volume. */
    @Test
    void artifactInARegistryIsTakenFromARunThatKeepsNothingOnItsVolume() {
        var step = step("Succeeded", null)
                .replace("{name: tool/linux/amd64", "{name: tool/linux/amd64/artifact")
                .replace("artifact: {claim", "artifact: {image: \"registry.example/a@sha256:1\", claim");
        var earlier = run("earlier", MAIN, "finishedAt: \"2026-05-02T00:00:00Z\"", step);
        earlier.getMetadata().setAnnotations(Map.of(NamedArtifacts.RELEASED, "true"));
        var own = inRegistry(run("own", MAIN, ""));

        assertThat(find(own, inRegistry(earlier))).isPresent();
    }

    private static PipelineRun inRegistry(PipelineRun run) {
        return Serialization.unmarshal(
                Serialization.asYaml(run).replaceFirst("store: \"?Volume\"?", "store: Registry"), PipelineRun.class);
    }

    /** A task on a volume that can be on one node only would keep the next build of the other ref waiting. */
    @Test
    void artifactOfAnotherRefIsTakenOnlyWhereItsVolumeIsMountedForSeedsToo() {
        assertThat(find(run("own", TAG, ""), scope("first"), new NoStorage(), List.of(earlier())))
                .isPresent();
        assertThat(find(run("own", TAG, ""), scope("first"), seeding("Snapshot", "Overlay"), List.of(earlier())))
                .isEmpty();
        assertThat(find(run("own", MAIN, ""), scope("first"), seeding("Snapshot", "Overlay"), List.of(earlier())))
                .isPresent();
    }

    private Optional<Observation.Reusable> find(PipelineRun own, PipelineRun... siblings) {
        return find(own, scope("first"), new NoStorage(), List.of(siblings));
    }

    private Optional<Observation.Reusable> find(
            PipelineRun own, CacheScope main, NoStorage storage, List<PipelineRun> siblings) {
        var isMain = own.getSpec().ref().equals(MAIN);
        var context = RunContext.of(
                own,
                Map.of(),
                isMain ? main : null,
                isMain ? List.of() : List.of(main),
                List.of(),
                siblings,
                true,
                new StorageResolver(storage));
        return artifacts.find(context, tool(context), NOW).map(Observation.Reusable.class::cast);
    }

    private static Step tool(RunContext run) {
        return run.plan().steps().stream().filter(Step::keepsFiles).findFirst().orElseThrow();
    }

    /** Returns the artifact key, which is the same in all runs here. */
    private static String key() {
        var run = RunContextFixture.of(
                Objects.requireNonNull(run("any", MAIN, "").getStatus().pipelineSpec()));
        return new ArtifactKeys(run.plan(), Map.of("tool", "hash-of-the-inputs"))
                .find(tool(run))
                .orElseThrow();
    }

    private static NoStorage seeding(String... modes) {
        return new NoStorage() {
            @Override
            public boolean hasDefaultClass() {
                return true;
            }

            @Override
            public Optional<CachePolicy> defaultPolicy() {
                return Optional.of(Serialization.unmarshal("""
                        apiVersion: hearth.dev/v1alpha1
                        kind: CachePolicy
                        metadata: {name: default}
                        spec: {seed: [%s]}
                        """.formatted(String.join(", ", modes)), CachePolicy.class));
            }
        };
    }

    private static CacheScope scope(String uid) {
        return Serialization.unmarshal("""
                apiVersion: hearth.dev/v1alpha1
                kind: CacheScope
                metadata: {namespace: ci, name: main}
                spec: {pipeline: app, ref: refs/heads/main, trust: Trusted, platforms: [linux/amd64]}
                status: {volumes: [{platform: linux/amd64, claim: %s, uid: %s}]}
                """.formatted(CLAIM, uid), CacheScope.class);
    }

    private static PipelineRun earlier() {
        return run("earlier", MAIN, "finishedAt: \"2026-05-02T00:00:00Z\"", step("Succeeded", null));
    }

    private static String step(String state, @Nullable String reusedFrom) {
        return "{name: tool/linux/amd64, state: %s, artifact: {claim: %s, claimUid: first, path: artifacts/f1, inputs: %s, reusedFrom: %s}}"
                .formatted(state, CLAIM, KEY, reusedFrom);
    }

    private static PipelineRun run(String name, String ref, String steps) {
        return run(name, ref, "", steps);
    }

    private static PipelineRun run(String name, String ref, String status, String steps) {
        return Serialization.unmarshal("""
                apiVersion: hearth.dev/v1alpha1
                kind: PipelineRun
                metadata: {namespace: ci, name: %1$s, uid: uid-of-%1$s, creationTimestamp: "2026-05-01T00:00:00Z"}
                spec: {pipeline: app, ref: %2$s}
                status:
                  trust: Trusted
                  commit: c0ffee
                  seedRefs: [refs/heads/main]
                  inputs: {tool: hash-of-the-inputs}
                  pipelineSpec:
                    source: {url: "https://git.example/app.git"}
                    builds: [{name: tool, artifact: true}]
                  %3$s
                  steps: [%4$s]
                """.formatted(name, ref, status, steps), PipelineRun.class);
    }
}
