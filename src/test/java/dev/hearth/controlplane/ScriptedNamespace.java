package dev.hearth.controlplane;

import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunSpec;
import dev.hearth.api.StepStatus;
import dev.hearth.git.GitServer;
import dev.hearth.testbed.TestNamespace;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.util.Optional;

/**
 * What a test of a reconcile loop has for itself: a namespace, a repository whose main branch has a commit, and the fates of
 * its pods.
 */
public record ScriptedNamespace(TestNamespace work, PodScripts pods, GitServer.Repository repository, String commit)
        implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(40);
    public static final String MAIN = "refs/heads/main";

    public static ScriptedNamespace open(String purpose) {
        var shared = FakeCluster.shared();
        var work = new TestNamespace(shared.cluster(), shared.cluster().namespace(purpose), PATIENCE);
        var repository = shared.git().create(work.namespace());
        var commit = repository.commit(MAIN, "Dockerfile", "FROM busybox\n");
        return new ScriptedNamespace(work, shared.kubelet().scripts(work.namespace()), repository, commit);
    }

    public KubernetesClient client() {
        return work.client();
    }

    public String namespace() {
        return work.namespace();
    }

    /** Creates a pipeline called p, whose runs are started by hand, with the rest of its spec. */
    public Pipeline pipeline(String rest) {
        return work.apply("""
                apiVersion: hearth.dev/v1alpha1
                kind: Pipeline
                metadata: {name: p}
                spec:
                  source: {url: "%s"}
                """.formatted(repository.http().url()) + rest.indent(2));
    }

    /** Starts a run of the pipeline on main. */
    public PipelineRun start() {
        return work.start("p", MAIN, null);
    }

    /** Starts a run of the pipeline on another ref. */
    public PipelineRun start(String ref) {
        return work.start("p", ref, null);
    }

    /** Starts a run of the pipeline on main, whose name is known before. */
    public PipelineRun startAs(String name) {
        var run = new PipelineRun();
        run.setMetadata(new ObjectMetaBuilder()
                .withNamespace(namespace())
                .withName(name)
                .build());
        run.setSpec(new PipelineRunSpec("p", MAIN, null, false));
        return client().resource(run).create();
    }

    public void cancel(PipelineRun run) {
        client().resource(run).patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\": {\"cancel\": true}}");
    }

    /** Waits for a pod whose name contains this. */
    public Pod pod(String name) {
        return work.until(
                "a pod " + name,
                () -> client().pods().inNamespace(namespace()).list().getItems().stream()
                        .filter(pod -> pod.getMetadata().getName().contains(name))
                        .findFirst());
    }

    public PipelineRun finished(PipelineRun run) {
        return work.finished(run);
    }

    /** Waits for a step's state and reason. */
    public StepStatus until(PipelineRun run, String step, StepStatus.State state, String reason) {
        var seen = work.until(
                run,
                it -> it.getStatus().steps().stream()
                        .anyMatch(each ->
                                each.name().equals(step) && each.state() == state && reason.equals(each.reason())));
        return TestNamespace.step(seen, step);
    }

    /** Waits for a step's state. */
    public StepStatus until(PipelineRun run, String step, StepStatus.State state) {
        var seen = work.until(
                run,
                it -> it.getStatus().steps().stream()
                        .anyMatch(each -> each.name().equals(step) && each.state() == state));
        return TestNamespace.step(seen, step);
    }

    /** Waits until no pod's name contains this. */
    public void isGone(String name) {
        work.until(
                "no pod " + name,
                () -> client().pods().inNamespace(namespace()).list().getItems().stream()
                                .noneMatch(pod -> pod.getMetadata().getName().contains(name))
                        ? Optional.of(true)
                        : Optional.empty());
    }

    @Override
    public void close() {
        work.close();
    }
}
