package dev.hearth.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.StepStatus.State;
import dev.hearth.testbed.TestNamespace;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** One run with two hundred legs. */
class LargeMatrixE2E {
    private static final int LEGS = 200;
    private static final int AT_ONCE = 32;

    @Test
    void twoHundredLegsTakeTurnsAndFitTheStatus() {
        try (var work = TestNamespace.open("legs");
                var repository = work.repository()) {
            work.apply("""
                    apiVersion: hearth.dev/v1alpha1
                    kind: Pipeline
                    metadata: {name: legs}
                    spec:
                      source: {url: "%s"}
                      triggers: {poll: 5s, branches: [main]}
                      tasks:
                      - name: list
                        image: debian:bookworm-slim
                        artifact: {path: /out}
                        command:
                        - sh
                        - -euc
                        - |
                          for leg in $(seq %d); do printf '%%s{"leg": "%%s"}' "${comma-[}" "$leg"; comma=,; done >/out/legs.json
                          echo ']' >>/out/legs.json
                      - name: leg
                        image: busybox
                        artifacts: [list]
                        matrix: {from: {artifact: list, file: legs.json}}
                        command: [echo, "{matrix.leg}"]
                        resources: {requests: {cpu: 1m, memory: 4Mi}}
                    """.formatted(repository.url(), LEGS));
            var commit = repository.push("refs/heads/main", Map.of("source", "one"));

            // When: it is looked at all the time
            var most = new AtomicInteger();
            var largest = new AtomicInteger();
            var run = work.until("the run to end", () -> {
                var pods = work.client().pods().inNamespace(work.namespace()).list().getItems().stream()
                        .filter(pod -> !"Succeeded".equals(pod.getStatus().getPhase()))
                        .count();
                most.accumulateAndGet((int) pods, Math::max);
                return work.runs().stream()
                        .filter(it -> it.getStatus() != null)
                        .peek(it -> largest.accumulateAndGet(
                                Serialization.asJson(it.getStatus()).getBytes(StandardCharsets.UTF_8).length,
                                Math::max))
                        .filter(it -> commit.equals(it.getStatus().commit())
                                && it.getStatus().finishedAt() != null)
                        .findFirst();
            });

            // Then
            CacheFixture.succeeded(run);
            assertThat(run.getStatus().steps())
                    .filteredOn(step -> step.name().startsWith("leg["))
                    .hasSize(LEGS)
                    .allSatisfy(step -> assertThat(step.state()).isEqualTo(State.Succeeded));
            assertThat(most.get()).as("pods at a time").isLessThanOrEqualTo(AT_ONCE);
            assertThat(largest.get()).as("bytes of the status").isLessThan(64 << 10);
            assertThat(Optional.ofNullable(run.getStatus().progress())).contains("202/202");
        }
    }
}
