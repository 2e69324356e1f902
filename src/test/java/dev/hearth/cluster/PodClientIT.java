package dev.hearth.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.ScopeVolume;
import dev.hearth.pod.build.BuildPod;
import dev.hearth.testbed.Cluster;
import dev.hearth.testbed.HearthDeployment;
import dev.hearth.testbed.TestNamespace;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Pods that wait for a run, and two who want something of them. No node runs them. */
class PodClientIT {
    private static final Duration LIMIT = Duration.ofHours(1);

    private final Cluster cluster = HearthDeployment.shared();
    private final KubernetesClient client = HearthDeployment.operator(cluster);
    private final PodClient pods = new PodClient(client);

    @Test
    void aPodThatWaitsIsTakenByOneRunOnly() {
        in("takes", place -> {
            var waits = place.pod("a");

            pods.take(place.change(waits, "first"), place.scope, null);
            pods.take(place.change(waits, "second"), place.scope, waits);
            pods.take(place.change(waits, "third"), place.scope, null);

            assertThat(place.now(waits).getMetadata().getOwnerReferences())
                    .extracting(OwnerReference::getName)
                    .containsExactly("first");
            assertThat(place.now(waits).getSpec().getActiveDeadlineSeconds()).isEqualTo(LIMIT.toSeconds());
        });
    }

    /** The kubelet writes the state of a pod at any time. */
    @Test
    void aPodIsTakenAlthoughItHasChangedSinceItWasRead() {
        in("changed", place -> {
            var waits = place.pod("a");
            client.resource(waits)
                    .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"metadata\": {\"annotations\": {\"a\": \"b\"}}}");

            pods.take(place.change(waits, "run"), place.scope, waits);

            assertThat(place.now(waits).getMetadata().getOwnerReferences())
                    .extracting(OwnerReference::getName)
                    .containsExactly("run");
        });
    }

    @Test
    void aPodThatIsGoneOrAnotherOneIsNotTaken() {
        in("gone", place -> {
            var waits = place.pod("a");
            pods.deleteWaiting(
                    waits.getMetadata().getNamespace(), "a", waits.getMetadata().getUid());
            pods.take(place.change(waits, "run"), place.scope, null);
            var other = place.pod("a");

            pods.take(place.change(waits, "run"), place.scope, null);
            pods.deleteWaiting(
                    waits.getMetadata().getNamespace(), "a", waits.getMetadata().getUid());

            assertThat(place.now(other).getMetadata().getOwnerReferences())
                    .extracting(OwnerReference::getName)
                    .containsExactly("scope");
        });
    }

    /** Who thinks that it still waits must not end what a run has taken. */
    @Test
    void aPodThatARunHasTakenIsNotEndedAsOneThatWaits() {
        in("taken", place -> {
            var waits = place.pod("a");
            pods.take(place.change(waits, "run"), place.scope, null);

            pods.expireWaiting(waits);
            waits.getSpec().setNodeName("a-node");
            pods.expireWaiting(waits);
            var seen = waits.getMetadata();
            pods.deleteWaiting(seen.getNamespace(), seen.getName(), seen.getUid(), seen.getResourceVersion());

            assertThat(place.now(waits))
                    .returns(null, pod -> pod.getMetadata().getDeletionTimestamp())
                    .returns(LIMIT.toSeconds(), pod -> pod.getSpec().getActiveDeadlineSeconds());
        });
    }

    @Test
    void aPodThatWaitsWithoutANodeIsDeletedWhenItHasToEnd() {
        in("nodeless", place -> {
            var waits = place.pod("a");

            pods.expireWaiting(waits);

            assertThat(client.resource(waits).get()).isNull();
        });
    }

    @Test
    void aPodThatWaitsOnANodeEndsByItsDeadline() {
        in("deadline", place -> {
            var waits = place.pod("a");
            waits.getSpec().setNodeName("a-node"); // as far as the caller knows

            pods.expireWaiting(waits);

            assertThat(place.now(waits).getSpec().getActiveDeadlineSeconds()).isEqualTo(1);
        });
    }

    private void in(String purpose, Consumer<Place> test) {
        try (var work = new TestNamespace(cluster, cluster.namespace(purpose))) {
            test.accept(new Place(work));
        }
    }

    /** A namespace with what can own a pod. */
    private final class Place {
        private final TestNamespace work;
        private final String scope;

        private Place(TestNamespace work) {
            this.work = work;
            this.scope = owner("scope").getUid();
        }

        private OwnerReference owner(String name) {
            var map = work.client()
                    .resource(new ConfigMapBuilder()
                            .withNewMetadata()
                            .withNamespace(work.namespace())
                            .withName(name)
                            .endMetadata()
                            .build())
                    .serverSideApply();
            return new OwnerReference(
                    "v1", null, true, "ConfigMap", name, map.getMetadata().getUid());
        }

        Pod pod(String name) {
            return client.resource(new PodBuilder()
                            .withNewMetadata()
                            .withNamespace(work.namespace())
                            .withName(name)
                            .withOwnerReferences(owner("scope"))
                            .endMetadata()
                            .withNewSpec()
                            .addNewSchedulingGate("hearth.dev/nobody-else-changes-it")
                            .addNewContainer()
                            .withName("a")
                            .withImage("busybox")
                            .endContainer()
                            .endSpec()
                            .build())
                    .create();
        }

        Pod change(Pod waits, String run) {
            var own = new PodBuilder()
                    .withNewMetadata()
                    .withNamespace(work.namespace())
                    .withName("own")
                    .withOwnerReferences(owner(run))
                    .endMetadata()
                    .build();
            var metadata = waits.getMetadata();
            return BuildPod.taken(
                    own,
                    new ScopeVolume.Warm(metadata.getName(), metadata.getUid(), metadata.getCreationTimestamp(), null),
                    LIMIT,
                    Instant.now());
        }

        Pod now(Pod pod) {
            return Objects.requireNonNull(client.resource(pod).get());
        }
    }
}
