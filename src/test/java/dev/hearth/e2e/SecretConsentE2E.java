package dev.hearth.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.StepStatus;
import dev.hearth.testbed.TestNamespace;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Somebody who may edit pipelines names a Secret that is not for them. */
class SecretConsentE2E {
    private static final Pattern COMMAND = Pattern.compile("annotate secret deploy hearth\\.dev/pipelines=(\\S+)");

    @Test
    void noPodGetsASecretBeforeItsOwnerAllowsThePipeline() {
        try (var work = TestNamespace.open("consent");
                var repository = work.repository()) {
            // Given: a Secret that allows another pipeline alone
            work.secret("deploy", "Opaque", Map.of("hearth.dev/pipelines", "other"), Map.of("token", "correct horse"));
            var commit = repository.push("refs/heads/main", Map.of("README", "hello"));
            work.apply(MinimalPipeline.pipeline(repository, """
                    tasks:
                    - name: print
                      image: busybox
                      secrets: [{name: TOKEN, secretName: deploy, key: token}]
                      command: [sh, -c, 'test "$TOKEN" = "correct horse"']
                    """));
            var begun = work.until(
                    "a step that waits for consent",
                    () -> work.runs().stream()
                            .filter(run -> run.getStatus() != null)
                            .filter(run -> run.getStatus().steps().stream()
                                    .anyMatch(step -> "SecretNotAllowed".equals(step.reason())))
                            .findFirst());
            assertThat(begun.getSpec().commit()).isEqualTo(commit);
            assertThat(work.client().pods().inNamespace(work.namespace()).list().getItems())
                    .isEmpty();

            // When: its owner runs the line that the step shows
            var command = COMMAND.matcher(Objects.requireNonNull(step(begun).message()));
            assertThat(command.find()).as(step(begun).message()).isTrue();
            work.client()
                    .secrets()
                    .inNamespace(work.namespace())
                    .withName("deploy")
                    .patch(
                            PatchContext.of(PatchType.JSON_MERGE),
                            "{\"metadata\": {\"annotations\": {\"hearth.dev/pipelines\": \"" + command.group(1)
                                    + "\"}}}");

            // Then
            CacheFixture.succeeded(work.finished(begun));
        }
    }

    private static StepStatus step(PipelineRun run) {
        return run.getStatus().steps().getFirst();
    }
}
