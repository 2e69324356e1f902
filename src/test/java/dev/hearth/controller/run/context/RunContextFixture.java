package dev.hearth.controller.run.context;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunSpec;
import dev.hearth.api.PipelineRunStatusBuilder;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.Trust;
import dev.hearth.cluster.storage.NoStorage;
import dev.hearth.cluster.storage.StorageResolver;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.List;
import java.util.Map;

/** Runs with nothing around them. */
public final class RunContextFixture {
    public static final String PIPELINE = "uid-of-pipeline";

    private RunContextFixture() {}

    public static RunContext of(PipelineSpec spec) {
        return of("uid-1", spec);
    }

    /** A trusted one, of branch main. */
    public static RunContext of(String uid, PipelineSpec spec) {
        var run = new PipelineRun();
        run.setMetadata(new ObjectMetaBuilder()
                .withNamespace("ci")
                .withName("hello-1")
                .withUid(uid)
                .addNewOwnerReference()
                .withApiVersion("hearth.dev/v1alpha1")
                .withKind("Pipeline")
                .withName("hello")
                .withUid(PIPELINE)
                .withController(true)
                .endOwnerReference()
                .build());
        run.setSpec(PipelineRunSpec.of("hello", "refs/heads/main", null));
        run.setStatus(PipelineRunStatusBuilder.builder()
                .commit("c".repeat(40))
                .trust(Trust.Trusted)
                .pipelineSpec(spec)
                .startedAt("2026-03-01T12:00:00Z")
                .build());
        return RunContext.of(
                run, Map.of(), null, List.of(), List.of(), List.of(), true, new StorageResolver(new NoStorage()));
    }
}
