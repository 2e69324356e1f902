package dev.hearth.core.run;

import static dev.hearth.core.Specs.task;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.ArtifactStatusBuilder;
import dev.hearth.core.plan.MatrixCell;
import dev.hearth.core.plan.Step;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UserNamespaceConflictTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            timeout: 5m                                    | None
            podSecurity: Baseline                          | None
            podSecurity: Privileged                        |
            os: Windows                                    |
            caches: [{path: /src/target}]                  | Claim
            artifact: {path: /out}                         | Claim
            runtimeClassName: gvisor                       | RuntimeClass
            user: 65535                                    | None
            user: 65536                                    | HighUser
            services: [{name: db, image: a, user: 100000}] | HighUser
            """)
    void findsTheConflictInTheTask(String fields, @Nullable String feature) {
        var step = step(fields);

        assertThat(UserNamespaceConflict.of(step, List.of()).map(Enum::name)).isEqualTo(Optional.ofNullable(feature));
        assertThat(UserNamespaceConflict.concerns(step)).isEqualTo(feature != null);
    }

    @Test
    void mountedArtifactsConflictUnlessTheyAreInARegistry() {
        assertThat(UserNamespaceConflict.of(step("timeout: 5m"), List.of(mount("claim", null)))
                        .map(Enum::name))
                .contains("Claim");
        assertThat(UserNamespaceConflict.of(
                                step("timeout: 5m"), List.of(mount("claim", "registry.example/files@sha256:1")))
                        .map(Enum::name))
                .contains("None");
        assertThat(UserNamespaceConflict.of(step("timeout: 5m"), List.of(new ArtifactMount("none", Optional.empty())))
                        .map(Enum::name))
                .contains("None");
    }

    @Test
    void uploadMountsTheClaimOfItsArtifact() {
        assertThat(UserNamespaceConflict.of(new Step.ArtifactUpload(step("timeout: 5m")), List.of())
                        .map(Enum::name))
                .contains("Claim");
    }

    private static Step.Task step(String fields) {
        return new Step.Task(task("unit", fields), MatrixCell.ONLY, Set.of());
    }

    private static ArtifactMount mount(String claim, @Nullable String image) {
        return new ArtifactMount(
                "files",
                Optional.of(ArtifactStatusBuilder.builder()
                        .digest("sha256:1")
                        .files(1L)
                        .kib(1L)
                        .claim(claim)
                        .path("path")
                        .image(image)
                        .build()));
    }
}
