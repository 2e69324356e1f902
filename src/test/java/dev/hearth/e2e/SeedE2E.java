package dev.hearth.e2e;

import static dev.hearth.testbed.Workplace.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CacheScope;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.Seed;
import dev.hearth.api.SeedMode;
import dev.hearth.testbed.GitRepository;
import dev.hearth.testbed.Workplace;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A pull request starts as warm as main, by each way of seeding. */
class SeedE2E {
    /** Layers that delete what lower ones made, a cache mount, and a step that a change of the source runs. */
    private static final String DOCKERFILE = """
            FROM busybox
            RUN mkdir -p /kept /gone /again/old && touch /kept/a /kept/b /gone/a /again/old/a
            RUN rm -rf /gone /kept/a /again && mkdir /again && touch /again/new
            RUN --mount=type=cache,target=/cache echo "main $(cat /cache/lines 2>/dev/null | wc -l)" >>/cache/lines
            COPY source /source
            RUN --mount=type=cache,target=/cache cat /source >>/cache/lines; cp /cache/lines /lines
            RUN find /kept /again /gone 2>/dev/null | sort >/found
            RUN test "$(cat /found | tr '\\n' ' ')" = "/again /again/new /kept /kept/b "
            """;

    @Test
    void overlayShowsMainsCacheAndKeepsWhatIsWritten() {
        try (var work = Workplace.open("overlay");
                var repository = work.repository()) {
            proves(work, repository, SeedMode.Overlay, "");
        }
    }

    /** A first run of a pull request finds every unchanged step cached, and another one knows nothing of it. */
    private static void proves(Workplace work, GitRepository repository, SeedMode mode, String cache) {
        // Given
        var main = repository.push("refs/heads/main", Map.of("Dockerfile", DOCKERFILE, "source", "one\n"));
        work.apply(pipeline(repository, cache));
        succeeded(work.finishedRunOf(main));

        // When: a pull request changes the source
        var proposed = repository.push("refs/pull/1/head", Map.of("source", "proposed\n"));
        var proposedRun = succeeded(work.finishedRunOf(proposed));

        // Then: what it did not change is cached
        var step = step(proposedRun, "tool/linux/amd64");
        assertThat(step.cached()).as("%s", step).isEqualTo(3);
        assertThat(step.executed()).as("%s", step).isEqualTo(4);
        assertThat(seed(work, "refs/pull/1/head").mode()).isEqualTo(mode);
    }

    private static PipelineRun succeeded(PipelineRun run) {
        assertThat(run.getStatus().phase()).as("%s", run.getStatus()).isEqualTo(Phase.Succeeded);
        return run;
    }

    private static Seed seed(Workplace work, String ref) {
        return Objects.requireNonNull(volume(work, ref).seed());
    }

    private static ScopeVolume volume(Workplace work, String ref) {
        return work.client().resources(CacheScope.class).inNamespace(work.namespace()).list().getItems().stream()
                .filter(scope -> scope.getSpec().ref().equals(ref))
                .flatMap(scope -> Optional.ofNullable(scope.getStatus()).stream())
                .flatMap(status -> status.volumes().stream())
                .findFirst()
                .orElseThrow(() -> new AssertionError("no volume of " + ref));
    }

    private static String pipeline(GitRepository repository, String cache) {
        return """
                apiVersion: hearth.dev/v1alpha1
                kind: Pipeline
                metadata: {name: small}
                spec:
                  source: {url: "%s"}
                  triggers: {poll: 5s, branches: [main], pullRequests: {enabled: true}}
                  builds: [{name: tool}]
                """.formatted(repository.url()) + cache.indent(2);
    }
}
