package dev.hearth.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hearth.api.PipelineRun;
import dev.hearth.cluster.WatchedFields;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntryBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * What finished runs take of the operator's heap: runs of one pipeline with all kinds of steps, as the watches of the run, the
 * pipeline and the scope controller each parse and keep them. Prints mebibytes. Run it with the options of the image's JVM.
 */
public final class RunMemoryBench {
    private static final int RUNS = 10_000;

    /** Those of the run, the pipeline and the scope controller. */
    private static final int WATCHES = 3;

    private static final Path STATUS = Path.of("src/test/resources/golden/run-statuses/succeeded.yaml");

    private RunMemoryBench() {}

    /** Takes no arguments. */
    public static void main(String[] arguments) throws IOException {
        var plain = new KubernetesSerialization(new ObjectMapper(), true);
        var mapper = new ObjectMapper();
        new WatchedFields().customize(mapper);
        report("as the API server sends them", plain);
        report("as the operator keeps them", new KubernetesSerialization(mapper, true));
    }

    private static void report(String what, KubernetesSerialization serialization) throws IOException {
        var status = Files.readString(STATUS);
        serialization.unmarshal(run(0, status), PipelineRun.class);
        var before = heap();
        var runs = new ArrayList<PipelineRun>(RUNS * WATCHES);
        try {
            for (int at = 0; at < RUNS; at++) {
                var json = run(at, status);
                for (int watch = 0; watch < WATCHES; watch++) {
                    runs.add(serialization.unmarshal(json, PipelineRun.class));
                }
            }
            var taken = heap() - before;
            System.out.printf(
                    "%d finished runs in %d watches, %s: %d MiB, %d bytes for each run%n",
                    RUNS, WATCHES, what, taken >> 20, taken / RUNS);
        } finally {
            Reference.reachabilityFence(runs);
        }
    }

    private static String run(int at, String status) {
        var run = new PipelineRun();
        var name = "app-%08x-%06x".formatted(at * 31, at);
        run.setMetadata(new ObjectMetaBuilder()
                .withName(name)
                .withNamespace("team")
                .withUid(new UUID(7, at).toString())
                .withResourceVersion(String.valueOf(1_000_000 + at))
                .withGeneration(1L)
                .withCreationTimestamp("2026-01-01T00:00:00Z")
                .addToLabels("app.kubernetes.io/managed-by", "hearth")
                .addToLabels("hearth.dev/pipeline", "app")
                .withOwnerReferences(new OwnerReferenceBuilder()
                        .withApiVersion("hearth.dev/v1alpha1")
                        .withKind("Pipeline")
                        .withName("app")
                        .withUid(new UUID(8, 8).toString())
                        .withController(true)
                        .withBlockOwnerDeletion(true)
                        .build())
                .withManagedFields(List.of(
                        new ManagedFieldsEntryBuilder()
                                .withTime("2026-01-01T00:00:00Z")
                                .build(),
                        new ManagedFieldsEntryBuilder()
                                .withTime("2026-01-01T00:01:00Z")
                                .build()))
                .build());
        // Names of pods, digests and commits differ between runs.
        var own = Serialization.unmarshal(
                status.replace("facade", "%06x".formatted(at)).replace("app-1", name), Object.class);
        return Serialization.asJson(run).replaceFirst("}$", ",")
                + "\"spec\":{\"pipeline\":\"app\",\"ref\":\"refs/heads/topic-" + at % 100 + "\",\"commit\":\""
                + "%040x".formatted(at) + "\"},\"status\":" + Serialization.asJson(own) + "}";
    }

    /** In bytes, after collections that also share equal strings. */
    private static long heap() {
        for (int round = 0; round < 6; round++) {
            System.gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
