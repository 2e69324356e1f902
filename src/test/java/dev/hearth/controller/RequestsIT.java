package dev.hearth.controller;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.controlplane.ApiRequest;
import dev.hearth.controlplane.FakeCluster;
import dev.hearth.controlplane.ScriptedNamespace;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;

/** What the operator asks of the API server, and writes to it. */
@ResourceLock(FakeCluster.APART) // requests for the whole cluster belong to no test
class RequestsIT {
    /** One build with an artifact and two tasks, one after the other, as the hello sample has them. */
    private static final String HELLO = """
            artifacts: {reuse: false}
            builds: [{name: tests, artifact: true}]
            tasks:
            - {name: unit, image: busybox, artifacts: [tests], command: [/artifacts/tests/hello-tests]}
            - {name: greets, image: busybox, needs: [unit], artifacts: [tests], command: [/artifacts/tests/hello]}
            """;

    /** Requests of a run, at most: by how often events come together some of them vary. */
    private static final Map<String, Integer> MOST = Map.ofEntries(
            // The pod that is to wait for the next run may be created again before the watch shows it
            entry("create pods", 4),
            entry("get pods", 1),
            // The pod that waited is taken
            entry("patch pods", 1),
            entry("create events", 2),
            entry("apply networkpolicies", 2),
            entry("apply pipelineruns", 1),
            entry("apply pipelineruns/status", 18),
            entry("apply cachescopes/status", 8),
            entry("apply pipelines/status", 8),
            // Before a run is refused or starts
            entry("get pipelines", 4),
            entry("get networkpolicies", 2),
            // When steps end
            entry("get pods/log", 8),
            // Before a volume changes its holder, which must not depend on a watch that may be late
            entry("list pods", 16));

    @Test
    void aRunWritesLittleAndNothingIsWrittenOnceItIsOver() {
        try (var place = ScriptedNamespace.openApart("requests")) {
            // Given what is tried once per namespace, and a second run
            place.pipeline(HELLO);
            place.finished(place.start());
            place.sealed(1);
            place.settled();
            var before = place.requests().size();
            var run = place.finished(place.start());
            place.sealed(2);
            place.settled();

            // Then
            var counts = new TreeMap<String, Integer>();
            place.requests().stream().skip(before).forEach(asked -> counts.merge(asked.kind(), 1, Integer::sum));
            System.out.println("requests of a run of the hello sample: " + counts);
            // Else the bounds would hold for a proxy that counts nothing: two pods of tasks, and one that waits for the
            // next run.
            assertThat(counts.get("create pods")).isGreaterThanOrEqualTo(3);
            assertThat(counts).containsEntry("patch pods", 1);
            assertThat(counts.keySet()).isSubsetOf(MOST.keySet());
            MOST.forEach((kind, most) ->
                    assertThat(counts.getOrDefault(kind, 0)).as(kind).isLessThanOrEqualTo(most));

            // When it is looked at again, with its scope and pipeline, and nothing has changed
            var after = place.requests().size();
            place.isReconciled("pipelinerun", () -> place.cancel(run));
            place.isReconciled(
                    "cachescope",
                    () -> place.patch(
                            place.pod("hearth-warm-"), "{\"metadata\": {\"annotations\": {\"seen\": \"true\"}}}"));
            place.settled();

            // Then
            assertThat(place.requests().stream().skip(after)).noneMatch(ApiRequest::isWrite);
        }
    }
}
