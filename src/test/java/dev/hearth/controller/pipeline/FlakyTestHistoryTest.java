package dev.hearth.controller.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.FlakyTest;
import dev.hearth.api.PipelineRun;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import org.junit.jupiter.api.Test;

class FlakyTestHistoryTest {

    @Test
    void aStrangersReportsAreNotListed() {
        assertThat(FlakyTestHistory.of(List.of(run("main-1", "Trusted"), run("pull-1", "Untrusted"))))
                .containsExactly(new FlakyTest("named-by-main-1", "unit", 1, 1, "main-1"));
    }

    private static PipelineRun run(String name, String trust) {
        return Serialization.unmarshal("""
                kind: PipelineRun
                metadata: {name: %1$s}
                status:
                  trust: %2$s
                  commit: abc
                  finishedAt: "2026-01-01T00:00:00Z"
                  steps:
                  - {name: unit, state: Succeeded, tests: {passed: 1, failed: 0, skipped: 0, seconds: 1, flaky: [named-by-%1$s]}}
                """.formatted(name, trust), PipelineRun.class);
    }
}
