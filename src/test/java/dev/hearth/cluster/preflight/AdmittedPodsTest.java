package dev.hearth.cluster.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.cluster.preflight.AdmittedPods.Admitted;
import dev.hearth.testbed.FakeApiServer;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AdmittedPodsTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final FakeApiServer server = new FakeApiServer();
    private Instant now = START;
    private final AdmittedPods pods = new AdmittedPods(server.client(), new Clock() {
        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneOffset getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(java.time.ZoneId zone) {
            return this;
        }
    });

    AdmittedPodsTest() throws IOException {
        server.create("/api/v1/namespaces/a/pods");
        server.create("/api/v1/namespaces/b/pods");
    }

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void successCountsInAnotherNamespaceForAnHour() {
        pods.succeeded(admitted(pod("a", false)));
        var other = admitted(pod("b", false));

        now = START.plusSeconds(1);
        assertThat(pods.hasSucceeded(other, Instant.EPOCH)).isTrue();
        now = START.plus(Duration.ofMinutes(59));
        assertThat(pods.hasSucceeded(other, Instant.EPOCH)).isTrue();
        now = START.plus(Duration.ofMinutes(60));
        assertThat(pods.hasSucceeded(other, Instant.EPOCH)).isFalse();
    }

    @Test
    void successFromBeforeAFailureDoesNotCount() {
        pods.succeeded(admitted(pod("a", false)));

        assertThat(pods.hasSucceeded(admitted(pod("a", false)), START)).isFalse();
        assertThat(pods.hasSucceeded(admitted(pod("a", false)), START.minusSeconds(1)))
                .isTrue();
    }

    @Test
    void podThatAdmissionHasChangedNeedsAPreflightOfItsOwn() {
        pods.succeeded(admitted(pod("a", false)));

        assertThat(pods.hasSucceeded(admitted(pod("b", true)), Instant.EPOCH)).isFalse();
        var annotated = new PodBuilder(pod("b", false))
                .editMetadata()
                .addToAnnotations("container.seccomp", "x")
                .endMetadata()
                .build();
        assertThat(pods.hasSucceeded(admitted(annotated), Instant.EPOCH)).isFalse();
    }

    @Test
    void rejectedPodIsUnknown() {
        server.put("POST", "/api/v1/namespaces/c/pods", 403, "{\"kind\": \"Status\", \"code\": 403}");

        assertThat(pods.dryRun(pod("c", false))).isEmpty();
    }

    private Admitted admitted(Pod pod) {
        return pods.dryRun(pod).orElseThrow();
    }

    private static Pod pod(String namespace, boolean privileged) {
        return new PodBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName("hearth-preflight")
                .endMetadata()
                .withNewSpec()
                .withHostUsers(false)
                .addNewContainer()
                .withName("check")
                .withImage("busybox")
                .withNewSecurityContext()
                .withPrivileged(privileged)
                .endSecurityContext()
                .endContainer()
                .endSpec()
                .build();
    }
}
