package dev.hearth.testbed;

import static org.awaitility.Awaitility.await;

import dev.hearth.api.Condition;
import dev.hearth.api.HearthResource;
import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunSpec;
import dev.hearth.api.StepStatus;
import dev.hearth.pod.ObjectLabels;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuota;
import io.fabric8.kubernetes.api.model.ResourceQuotaBuilder;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * What a test does as a user of Hearth, in a namespace of its own.
 *
 * @param patience how long it waits for anything
 * @param operatorLog what to show of the operator's log when something does not happen in time
 */
public record TestNamespace(
        Cluster cluster, Cluster.Namespace place, Duration patience, Supplier<Stream<String>> operatorLog)
        implements AutoCloseable {
    private static final Duration LONGEST = Duration.ofMinutes(10);
    private static final Duration POLL = Duration.ofMillis(250);

    /**
     * Once several tests have waited in vain, operator or node are broken: the others give up soon, so that the suite
     * ends with a report of all before whoever runs it ends it.
     */
    private static final int BROKEN = 4;

    private static final Duration SHORT = Duration.ofMinutes(1);
    private static final AtomicInteger IN_VAIN = new AtomicInteger();

    public TestNamespace(Cluster cluster, Cluster.Namespace place) {
        this(cluster, place, LONGEST, () -> FailureReport.operatorPod(cluster.client(), place.name()));
    }

    public static TestNamespace open(String purpose) {
        var cluster = HearthDeployment.shared();
        return new TestNamespace(cluster, cluster.namespace(purpose));
    }

    public KubernetesClient client() {
        return cluster.client();
    }

    public String namespace() {
        return place.name();
    }

    public GitRepository repository() {
        return GitRepository.create(cluster, namespace());
    }

    /** Creates a pipeline from its YAML, as {@code kubectl apply} does. */
    public Pipeline apply(String yaml) {
        var pipeline = Serialization.unmarshal(yaml, Pipeline.class);
        pipeline.getMetadata().setNamespace(namespace());
        return client().resource(pipeline).create();
    }

    /** Creates a run by hand; without a commit it runs the ref's newest. */
    public PipelineRun start(String pipeline, String ref, @Nullable String commit) {
        var run = new PipelineRun();
        run.setMetadata(new ObjectMetaBuilder()
                .withNamespace(namespace())
                .withGenerateName(pipeline + "-")
                .build());
        run.setSpec(PipelineRunSpec.of(pipeline, ref, commit));
        return client().resource(run).create();
    }

    /** The run that Hearth starts for a commit, once it has ended. */
    public PipelineRun finishedRunOf(String commit) {
        return until(
                "a finished run of " + commit,
                () -> runs().stream()
                        .filter(run -> commit.equals(run.getSpec().commit()) && isFinished(run))
                        .findFirst());
    }

    /** The run that Hearth starts for a commit, once there is one. */
    public PipelineRun runOf(String commit) {
        return until(
                "a run of " + commit,
                () -> runs().stream()
                        .filter(run -> commit.equals(run.getSpec().commit()))
                        .findFirst());
    }

    public PipelineRun finished(PipelineRun run) {
        return until(run, TestNamespace::isFinished);
    }

    /** Returns the pods of a run that exist. */
    public List<Pod> podsOf(PipelineRun run) {
        return client().pods()
                .inNamespace(namespace())
                .withLabel(ObjectLabels.RUN, run.getMetadata().getName())
                .list()
                .getItems();
    }

    /** Waits until the status of a run is so. Fails at once if the run ends before, since its status changes no more then. */
    public PipelineRun until(PipelineRun run, Predicate<PipelineRun> condition) {
        var name = "run " + run.getMetadata().getName();
        return until(name, () -> {
            var seen = Optional.ofNullable(client().resource(run).get()).filter(it -> it.getStatus() != null);
            var found = seen.filter(condition);
            if (found.isEmpty() && seen.filter(TestNamespace::isFinished).isPresent()) {
                throw new AssertionError(
                        name + " has ended before: " + seen.get().getStatus());
            }
            return found;
        });
    }

    public Pipeline until(Pipeline pipeline, Predicate<Pipeline> condition) {
        return until(
                "pipeline " + pipeline.getMetadata().getName(),
                () -> Optional.ofNullable(client().resource(pipeline).get())
                        .filter(it -> it.getStatus() != null)
                        .filter(condition));
    }

    /** Returns the condition Stalled of a pipeline once it is true. */
    public Condition stalled(Pipeline pipeline) {
        var seen = until(
                pipeline,
                it -> condition(it, "Stalled")
                        .filter(stalled -> stalled.status().equals("True"))
                        .isPresent());
        return condition(seen, "Stalled").orElseThrow();
    }

    /** Waits for a reason of the condition, which may have had another before. */
    public Condition stalled(Pipeline pipeline, String reason) {
        var seen = until(
                pipeline,
                it -> condition(it, "Stalled")
                        .filter(stalled -> stalled.reason().equals(reason))
                        .isPresent());
        return condition(seen, "Stalled").orElseThrow();
    }

    public <T> T until(String what, Callable<Optional<T>> look) {
        try {
            return await(what)
                    .atMost(IN_VAIN.get() >= BROKEN && patience.compareTo(SHORT) > 0 ? SHORT : patience)
                    .pollInterval(POLL)
                    .until(look, Optional::isPresent)
                    .orElseThrow();
        } catch (ConditionTimeoutException late) {
            IN_VAIN.incrementAndGet();
            throw new AssertionError(
                    late.getMessage() + "\n" + FailureReport.of(client(), namespace(), operatorLog.get()), late);
        }
    }

    /** Creates or changes a Secret, whose annotations say which pipelines and hosts may use it. */
    public void secret(String name, String type, Map<String, String> annotations, Map<String, String> data) {
        client().resource(new SecretBuilder()
                        .withNewMetadata()
                        .withNamespace(namespace())
                        .withName(name)
                        .withAnnotations(annotations)
                        .endMetadata()
                        .withType(type)
                        .withStringData(data)
                        .build())
                .serverSideApply();
    }

    /** Makes a name that pods can look up from now on: what waits for it goes on. */
    public void openName(String name) {
        client().resource(new ServiceBuilder()
                        .withNewMetadata()
                        .withNamespace(namespace())
                        .withName(name)
                        .endMetadata()
                        .withNewSpec()
                        .addNewPort()
                        .withPort(80)
                        .endPort()
                        .endSpec()
                        .build())
                .create();
    }

    /** A quota of the namespace that is in force. */
    public record Quota(KubernetesClient client, ResourceQuota quota, String resource) implements AutoCloseable {
        public void raise(int most) {
            client.resource(quota)
                    .patch(
                            PatchContext.of(PatchType.JSON_MERGE),
                            "{\"spec\":{\"hard\":{\"" + resource + "\":\"" + most + "\"}}}");
        }

        @Override
        public void close() {
            client.resource(quota).delete();
        }
    }

    /** Limits how many objects of a resource the namespace may have. */
    public Quota quota(String name, String resource, int most) {
        var quota = client().resource(new ResourceQuotaBuilder()
                        .withNewMetadata()
                        .withNamespace(namespace())
                        .withName(name)
                        .endMetadata()
                        .withNewSpec()
                        .addToHard(resource, new Quantity(String.valueOf(most)))
                        .endSpec()
                        .build())
                .create();
        until(
                "quota " + name,
                () -> Optional.ofNullable(client().resource(quota).get())
                        .filter(it -> it.getStatus() != null && it.getStatus().getUsed() != null));
        return new Quota(client(), quota, resource);
    }

    public List<PipelineRun> runs() {
        return client().resources(PipelineRun.class)
                .inNamespace(namespace())
                .list()
                .getItems();
    }

    /** Names of pods and volumes that are left in the namespace. */
    public List<String> children() {
        var pods = client().pods().inNamespace(namespace()).list().getItems().stream();
        var claims = client().persistentVolumeClaims().inNamespace(namespace()).list().getItems().stream();
        return java.util.stream.Stream.<HasMetadata>concat(pods, claims)
                .map(child -> child.getKind() + "/" + child.getMetadata().getName())
                .sorted()
                .toList();
    }

    public static Optional<Condition> condition(HearthResource<?, ?> resource, String type) {
        return resource.conditions().stream()
                .filter(condition -> condition.type().equals(type))
                .findFirst();
    }

    public static StepStatus step(PipelineRun run, String name) {
        return run.getStatus().steps().stream()
                .filter(step -> step.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError(
                        "no step " + name + " in " + run.getStatus().steps()));
    }

    private static boolean isFinished(PipelineRun run) {
        return run.getStatus() != null && run.getStatus().finishedAt() != null;
    }

    @Override
    public void close() {
        place.close();
    }
}
