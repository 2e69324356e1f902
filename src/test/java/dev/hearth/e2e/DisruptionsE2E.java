package dev.hearth.e2e;

import static dev.hearth.testbed.TestNamespace.step;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.Failure;
import dev.hearth.api.StepStatus.State;
import dev.hearth.testbed.FailedStep;
import dev.hearth.testbed.GitRepository;
import dev.hearth.testbed.HearthDeployment;
import dev.hearth.testbed.TestNamespace;
import dev.hearth.testbed.WarmPodFinder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.policy.v1.EvictionBuilder;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** What a cluster does to pods, provoked for real: it is told from what commands do wrong, and made up for. */
class DisruptionsE2E {
    /** Waits for {@link #go}, and ends when its pod is told to. */
    private static final String WAIT = "trap 'exit 1' TERM; until [ -e /workspace/go ]; do sleep 1 & wait; done";

    /** Passes at its second attempt. */
    private static final String WAIT_ONCE = "case $HOSTNAME in *-2) exit;; esac; " + WAIT;

    private static final String MAIN = "refs/heads/main";

    /** Of the node, for this class alone. */
    private static final String SLOT = "hearth.test/slot";

    @Test
    @ResourceLock(value = OperatorPod.LOCK, mode = ResourceAccessMode.READ) // what it does not see is PodLost
    @ResourceLock(WarmPodFinder.ROOM)
    void podsThatAreTakenAway() {
        try (var work = TestNamespace.open("taken");
                var repository = work.repository();
                var _ = slots(work, 2);
                var _ = allowing(work, "{ceiling: {%s: 1}}".formatted(SLOT))) {
            MinimalPipeline.push(repository);
            var tasks = """
                    cache: {policy: %3$s}
                    tasks:
                    - {name: evicted, image: busybox, command: [sh, -c, "%1$s"]}
                    - {name: deleted, image: busybox, command: [sh, -c, "%1$s"]}
                    - {name: preempted, image: busybox, command: [sh, -c, "%1$s"], resources: {limits: {%2$s: 1}}}
                    - {name: lint, image: busybox, command: ["true"]}
                    """.formatted(WAIT_ONCE, SLOT, work.namespace());
            apply(work, repository, "patient", tasks + "infrastructureRetries: 2\n");
            apply(work, repository, "strict", tasks + "infrastructureRetries: 0\n");
            var patient = running(work, work.start("patient", MAIN, null), 3);
            var strict = running(work, work.start("strict", MAIN, null), 3);

            for (PipelineRun run : new PipelineRun[] {patient, strict}) {
                evict(work, pod(run, "evicted"));
                work.client()
                        .pods()
                        .inNamespace(work.namespace())
                        .withName(pod(run, "deleted"))
                        .delete();
            }
            var preemptor = preempt(work);
            var failed = work.finished(strict);
            var waiting = work.until(
                    patient,
                    run -> "Unschedulable".equals(step(run, "preempted").reason()));
            work.client().resource(preemptor).delete();
            var succeeded = CacheFixture.succeeded(work.finished(patient));

            assertThat(failed(failed, "evicted", "Evicted", Failure.Infrastructure)
                            .message())
                    .contains("Eviction API");
            assertThat(failed(failed, "deleted", "PodDeleted", Failure.Infrastructure)
                            .message())
                    .contains("the pod was deleted");
            assertThat(failed(failed, "preempted", "Preempted", Failure.Infrastructure)
                            .message())
                    .contains("preempting");
            assertThat(step(failed, "lint")).returns(State.Succeeded, StepStatus::state);
            assertThat(step(waiting, "preempted"))
                    .returns(State.Pending, StepStatus::state)
                    .satisfies(step -> assertThat(step.message()).contains(SLOT));
            for (String name : new String[] {"evicted", "deleted", "preempted"}) {
                assertThat(step(succeeded, name))
                        .as(name)
                        .returns(State.Succeeded, StepStatus::state)
                        .returns(2, StepStatus::attempts)
                        .returns(1, StepStatus::infrastructureFailures)
                        .returns(null, StepStatus::flaky);
            }
        }
    }

    @Test
    @ResourceLock(OperatorPod.LOCK)
    void operatorThatIsKilledRunsNothingTwice() {
        try (var work = TestNamespace.open("killed");
                var repository = work.repository()) {
            MinimalPipeline.push(repository);
            apply(work, repository, "patient", """
                    tasks:
                    - {name: cells, image: busybox, matrix: {axes: {n: [a, b, c, d]}}, command: [sh, -c, "%s"]}
                    - {name: after, image: busybox, needs: [cells], command: ["true"]}
                    """.formatted(WAIT));
            var run = running(work, work.start("patient", MAIN, null), 4);
            var before = pods(work);

            go(work, pod(run, "cells[n=a]"));
            OperatorPod.kill(work);
            go(work, pod(run, "cells[n=b]"));
            run = work.until(run, it -> step(it, "cells[n=b]").state().isFinal());
            go(work, pod(run, "cells[n=c]"));
            go(work, pod(run, "cells[n=d]"));
            run = CacheFixture.succeeded(work.finished(run));

            assertThat(run.getStatus().steps())
                    .hasSize(5)
                    .allSatisfy(
                            step -> assertThat(step.attempts()).as("%s", step).isNull());
            var after = pods(work);
            assertThat(after).containsAllEntriesOf(before).hasSize(5);
        }
    }

    /** A policy for this namespace, by its name, until it is closed. */
    private static AutoCloseableQuietly allowing(TestNamespace work, String pods) {
        var policy = CacheFixture.policy(
                work,
                "{pods: %s, allowedNamespaces: {matchLabels: {kubernetes.io/metadata.name: %s}}}"
                        .formatted(pods, work.namespace()));
        return () -> work.client().resource(policy).delete();
    }

    private static void apply(TestNamespace work, GitRepository repository, String name, String rest) {
        work.apply(MinimalPipeline.pipeline(repository, rest)
                .replace("name: small", "name: " + name)
                .replace("[main]", "[]"));
    }

    private static PipelineRun running(TestNamespace work, PipelineRun run, int steps) {
        return work.until(
                run,
                it -> it.getStatus().steps().stream()
                                .filter(step -> step.state() == State.Running
                                        && !step.name().equals("lint"))
                                .count()
                        == steps);
    }

    private static String pod(PipelineRun run, String step) {
        return Objects.requireNonNull(step(run, step).pod(), step);
    }

    /** As {@code kubectl drain} does. */
    private static void evict(TestNamespace work, String pod) {
        var eviction = new EvictionBuilder()
                .withNewMetadata()
                .withNamespace(work.namespace())
                .withName(pod)
                .endMetadata()
                .build();
        assertThat(work.client()
                        .pods()
                        .inNamespace(work.namespace())
                        .withName(pod)
                        .evict(eviction))
                .isTrue();
    }

    /** Gives the node something that pods can ask for, until it is closed. */
    private static AutoCloseableQuietly slots(TestNamespace work, int slots) {
        onNode(work, (resources, name) -> resources.put(name, new Quantity(String.valueOf(slots))));
        return () -> onNode(work, Map::remove);
    }

    /** The kubelet writes the same status: whoever comes second looks again. */
    private static void onNode(TestNamespace work, BiConsumer<Map<String, Quantity>, String> change) {
        await("a change of the node").ignoreExceptions().until(() -> {
            var node = work.client().nodes().list().getItems().getFirst();
            work.client().nodes().resource(node).editStatus(it -> {
                change.accept(it.getStatus().getCapacity(), SLOT);
                change.accept(it.getStatus().getAllocatable(), SLOT);
                return it;
            });
            return true;
        });
    }

    private interface AutoCloseableQuietly extends AutoCloseable {
        @Override
        void close();
    }

    /** A pod that is more important than those that have the slots. */
    private static HasMetadata preempt(TestNamespace work) {
        work.client().resource("""
                        apiVersion: scheduling.k8s.io/v1
                        kind: PriorityClass
                        metadata: {name: hearth-test-first}
                        value: 1000
                        """).forceConflicts().serverSideApply();
        return work.client()
                .resource("""
                        apiVersion: v1
                        kind: Pod
                        metadata: {name: important}
                        spec:
                          priorityClassName: hearth-test-first
                          terminationGracePeriodSeconds: 0
                          containers:
                          - {name: sleep, image: busybox, command: [sleep, "600"], resources: {limits: {%s: 2}}}
                        """.formatted(SLOT))
                .inNamespace(work.namespace())
                .create();
    }

    private static StepStatus failed(PipelineRun run, String name, String reason, Failure failure) {
        assertThat(run.getStatus().phase()).as("%s", run.getStatus()).isEqualTo(Phase.Failed);
        return FailedStep.of(run, name, reason, failure);
    }

    /** Lets a command that waits go on. */
    private static void go(TestNamespace work, String pod) {
        try (var operator = HearthDeployment.operator(work.cluster()); // nobody else may enter a pod of a run
                var touch = operator.pods()
                        .inNamespace(work.namespace())
                        .withName(pod)
                        .inContainer("task")
                        .exec("touch", "/workspace/go")) {
            assertThat(touch.exitCode().get(30, TimeUnit.SECONDS)).isZero();
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new IllegalStateException("cannot tell " + pod, e);
        }
    }

    private static Map<String, String> pods(TestNamespace work) {
        return work.client().pods().inNamespace(work.namespace()).list().getItems().stream()
                .collect(Collectors.toMap(
                        pod -> pod.getMetadata().getName(),
                        pod -> pod.getMetadata().getUid()));
    }
}
