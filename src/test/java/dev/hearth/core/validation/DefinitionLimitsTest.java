package dev.hearth.core.validation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.BuildSpec;
import dev.hearth.api.DefinitionSpec;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.PushSpecBuilder;
import dev.hearth.api.SecretReference;
import dev.hearth.core.Specs;
import java.util.List;
import org.junit.jupiter.api.Test;

class DefinitionLimitsTest {
    private static final DefinitionSpec DEFINITION = new DefinitionSpec(
            DefinitionSpec.PATH, List.of("push"), List.of("registry.example/team/*", "registry.example/one"));
    private static final PipelineSpec PIPELINE =
            Specs.pipeline(List.of(), List.of()).withDefinition(DEFINITION);
    private static final PipelineSpec SPEC = PIPELINE.withDefinition(null);

    private static List<String> exceeded(PipelineSpec spec) {
        return new DefinitionLimits(PIPELINE, DEFINITION)
                .exceededBy(spec).stream().map(FieldMistake::toString).toList();
    }

    @Test
    void equalLimitsAndShorterOnesAreWithin() {
        assertThat(exceeded(SPEC)).isEmpty();
        assertThat(exceeded(SPEC.withTimeout("1h30m").withPendingTimeout("1s").withInfrastructureRetries(0)))
                .isEmpty();
    }

    @Test
    void longerTimesAndMoreRetriesAreNot() {
        assertThat(exceeded(SPEC.withTimeout("91m").withPendingTimeout("1h").withInfrastructureRetries(3)))
                .containsExactly(
                        "spec.timeout: 91m is longer than spec.timeout of the pipeline: write 90m or less",
                        "spec.pendingTimeout: 1h is longer than spec.pendingTimeout of the pipeline: write 15m or less",
                        "spec.infrastructureRetries: 3 is more than spec.infrastructureRetries of the pipeline: write 2 or"
                                + " less");
    }

    @Test
    void pushesGoWhereThePipelineAllows() {
        assertThat(exceeded(SPEC.withBuilds(List.of(
                        pushing("registry.example/team/app", "push"),
                        pushing("registry.example/team/a/b", "push"),
                        pushing("registry.example/one", "push")))))
                .isEmpty();
        assertThat(exceeded(SPEC.withBuilds(List.of(
                        pushing("registry.example/team", "push"),
                        pushing("registry.example/teams/app", "push"),
                        pushing("registry.example/one/more", "other")))))
                .satisfiesExactly(
                        it -> assertThat(it).startsWith("spec.builds[0].push.repository: spec.definition.pushTo"),
                        it -> assertThat(it).startsWith("spec.builds[1].push.repository: "),
                        it -> assertThat(it).startsWith("spec.builds[2].push.repository: "),
                        it -> assertThat(it).startsWith("spec.builds[2].push.credentials: spec.definition.secrets"));
    }

    @Test
    void otherFieldsAreThoseOfThePipeline() {
        assertThat(exceeded(SPEC.withTrust(null)))
                .containsExactly(
                        "spec: the API server has changed fields of the pipeline: look for a mutating admission"
                                + " webhook");
    }

    private static BuildSpec pushing(String repository, String secret) {
        return Specs.build(
                "app",
                PushSpecBuilder.builder()
                        .repository(repository)
                        .credentials(new SecretReference(secret))
                        .build());
    }
}
