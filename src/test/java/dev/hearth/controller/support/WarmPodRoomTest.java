package dev.hearth.controller.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.cluster.PodClient;
import dev.hearth.config.TestConfig;
import dev.hearth.testbed.FakeApiServer;
import dev.hearth.testbed.FixedCache;
import dev.hearth.testbed.PassingClock;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.runtime.StartupEvent;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pods of 1 GiB wait here, and may have 2 GiB together. */
class WarmPodRoomTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

    private final FakeApiServer api = new FakeApiServer();
    private final List<Pod> pods = new ArrayList<>();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    WarmPodRoomTest() throws IOException {}

    @AfterEach
    void close() {
        api.close();
    }

    @Test
    void podsThatAreBeingCreatedCountUntilTheWatchShowsThem() {
        var room = room(new PassingClock(NOW));

        assertThat(room.reserve(pod("a"))).isTrue();
        assertThat(room.reserve(pod("b"))).isTrue();
        assertThat(room.reserve(pod("c"))).isFalse();
        assertThat(room.reserve(pod("b"))).as("the same again").isTrue();

        pods.add(pod("a"));
        pods.add(ended(pod("b")));
        assertThat(meters.get("hearth.warm.pods.bytes").gauge().value())
                .as("of those that exist and have not ended")
                .isEqualTo(1L << 30);
        assertThat(room.reserve(pod("c"))).isTrue();
        assertThat(room.reserve(pod("d"))).isFalse();
        room.release(pod("c"));
        assertThat(room.reserve(pod("d"))).isTrue();
    }

    @Test
    void aPodThatOnlyHasTheLabelTakesNoRoom() {
        var foreign = pod("mine");
        foreign.getMetadata().getOwnerReferences().getFirst().setKind("ReplicaSet");
        pods.addAll(List.of(foreign, pod("a")));

        assertThat(room(new PassingClock(NOW)).reserve(pod("b"))).isTrue();
    }

    @Test
    void noPodWaitsWhereOneOfARunHasNoRoom() {
        var clock = new PassingClock(NOW);
        var room = room(clock);

        room.makeIn("ci");
        assertThat(room.pausedUntil("ci")).contains(NOW.plus(WarmPodRoom.PAUSE));
        assertThat(room.pausedUntil("other")).isEmpty();
        clock.pass(Duration.ofSeconds(1));
        room.makeFor(List.of(pod("blocked")));
        for (var namespace : List.of("ci", "other")) {
            assertThat(room.pausedUntil(namespace))
                    .contains(NOW.plus(WarmPodRoom.PAUSE).plusSeconds(1));
        }

        clock.pass(WarmPodRoom.PAUSE);
        assertThat(room.pausedUntil("ci")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"kubernetes.io/os, linux, 1", "pool, builds, 1", "kubernetes.io/os, windows, 0"})
    void onlyPodsOnNodesThatTheOtherCouldHaveAreEnded(String label, String value, int ended) {
        pods.add(pod("a"));
        var blocked = pod("blocked");
        blocked.getSpec().setNodeSelector(Map.of(label, value));
        var asked = "/api/v1/namespaces/ci/pods/a";
        api.put("PATCH", asked, 200, Serialization.asJson(pods.getFirst()));

        room(new PassingClock(NOW)).makeFor(List.of(blocked));

        assertThat(api.asked("PATCH", asked)).isEqualTo(ended);
    }

    @Test
    void aPodThatNoNodeCanHaveEndsOthersForAMinuteOnly() {
        var clock = new PassingClock(NOW);
        var room = room(clock);
        var asked = "/api/v1/namespaces/ci/pods/a";
        pods.add(pod("a"));
        api.put("PATCH", asked, 200, Serialization.asJson(pods.getFirst()));

        room.makeFor(List.of(pod("blocked")));
        clock.pass(WarmPodRoom.PATIENCE.minusMillis(1));
        room.makeFor(List.of(pod("blocked")));
        assertThat(api.asked("PATCH", asked)).isEqualTo(2);

        clock.pass(Duration.ofMillis(1));
        room.makeFor(List.of(pod("blocked")));
        assertThat(api.asked("PATCH", asked)).isEqualTo(2);
        room.makeFor(List.of(pod("blocked"), pod("another")));
        assertThat(api.asked("PATCH", asked)).isEqualTo(3);
    }

    @Test
    void aPodIsToldToEndOnce() {
        var ending = pod("a");
        ending.getSpec().setActiveDeadlineSeconds(1L);
        pods.add(ending);

        room(new PassingClock(NOW)).makeIn("ci");

        assertThat(api.asked("PATCH", "/api/v1/namespaces/ci/pods/a")).isZero();
    }

    @Test
    void onePodThatCannotBeEndedDoesNotKeepTheOthers() {
        pods.addAll(List.of(pod("a"), pod("b"), inNamespace("other", pod("c"))));
        api.put("PATCH", "/api/v1/namespaces/ci/pods/a", 403, "{}");
        api.put("PATCH", "/api/v1/namespaces/ci/pods/b", 200, Serialization.asJson(pods.get(1)));

        room(new PassingClock(NOW)).makeIn("ci");

        assertThat(api.asked("PATCH", "/api/v1/namespaces/ci/pods/b")).isEqualTo(1);
        assertThat(api.asked("PATCH", "/api/v1/namespaces/other/pods/c")).isZero();
    }

    private WarmPodRoom room(Clock clock) {
        var room = new WarmPodRoom(TestConfig.of(Map.of("warmMemory", "2Gi")), new PodClient(api.client()), clock);
        room.started(new StartupEvent(), meters);
        room.watch(new FixedCache<>(pods));
        return room;
    }

    private static Pod pod(String name) {
        return Serialization.unmarshal("""
                apiVersion: v1
                kind: Pod
                metadata:
                  name: %1$s
                  uid: uid-of-%1$s
                  namespace: ci
                  labels: {hearth.dev/warm: "true"}
                  annotations: {hearth.dev/memory: "1073741824"}
                  ownerReferences:
                  - {apiVersion: hearth.dev/v1alpha1, kind: CacheScope, name: scope, uid: uid, controller: true}
                spec: {nodeName: node, nodeSelector: {kubernetes.io/os: linux}, containers: []}
                status: {phase: Running}
                """.formatted(name), Pod.class);
    }

    private static Pod ended(Pod pod) {
        pod.getStatus().setPhase("Failed");
        return pod;
    }

    private static Pod inNamespace(String namespace, Pod pod) {
        pod.getMetadata().setNamespace(namespace);
        return pod;
    }
}
