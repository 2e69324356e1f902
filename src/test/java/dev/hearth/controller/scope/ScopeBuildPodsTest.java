package dev.hearth.controller.scope;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.pod.ObjectLabels;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ScopeBuildPodsTest {
    private static final String HEARTH = "hearth.dev/v1alpha1";

    @Test
    void returnsTheRunsWhosePodsMountVolumes() {
        var pods = new ScopeBuildPods(List.of(pod("Running", owner(HEARTH, "PipelineRun", true))));

        assertThat(pods.mounted()).isEqualTo(Map.of("linux/amd64", Set.of("run")));
    }

    /** The watch may be behind the API server, or ahead of an answer that took long. */
    @Test
    void volumeIsMountedIfEitherListShowsIt() {
        var running = new ScopeBuildPods(List.of(pod("Running", owner(HEARTH, "PipelineRun", true))));
        var ended = new ScopeBuildPods(List.of(pod("Succeeded", owner(HEARTH, "PipelineRun", true))));
        var mounted = Map.of("linux/amd64", Set.of("run"));

        assertThat(running.mountedHereOr(ended)).isEqualTo(mounted);
        assertThat(ended.mountedHereOr(running)).isEqualTo(mounted);
        assertThat(running.mountedHereOr(running)).isEqualTo(mounted);
        assertThat(ended.mountedHereOr(ended)).isEmpty();
    }

    /** Else the volume would change its holder, and what the pod has sealed would be forgotten. */
    @Test
    void podThatTheWatchDoesNotShowKeepsItsVolume() {
        var ended = new ScopeBuildPods(List.of(pod("Succeeded", owner(HEARTH, "PipelineRun", true))));

        assertThat(new ScopeBuildPods(List.of()).mountedHereOr(ended)).isEqualTo(Map.of("linux/amd64", Set.of("run")));
    }

    /** Else what the last attempt has sealed would be forgotten. */
    @Test
    void lastAttemptOfARunCounts() {
        var lost = pod("Failed", owner(HEARTH, "PipelineRun", true));
        lost.getMetadata().setCreationTimestamp("2026-01-01T00:00:00Z");
        var again = pod("Failed", owner(HEARTH, "PipelineRun", true));
        again.getMetadata().setCreationTimestamp("2026-01-01T00:01:00Z");
        var sealed = pod("Succeeded", owner(HEARTH, "PipelineRun", true));
        sealed.getMetadata().setCreationTimestamp("2026-01-01T00:01:00Z");

        for (var pods : List.of(List.of(lost, again, sealed), List.of(sealed, again, lost))) {
            assertThat(new ScopeBuildPods(pods).finished("linux/amd64", "run"))
                    .hasValueSatisfying(
                            finished -> assertThat(finished.succeeded()).isTrue());
        }
    }

    @Test
    void ignoresPodsThatOnlyHaveTheLabels() {
        var owners = List.of(
                owner("apps/v1", "ReplicaSet", true),
                owner("hearth.example/v1", "PipelineRun", true),
                owner(HEARTH, "Pipeline", true),
                owner(HEARTH, "PipelineRun", false));

        for (var owner : owners) {
            assertThat(new ScopeBuildPods(List.of(pod("Running", owner))).mounted())
                    .as("%s", owner)
                    .isEmpty();
            assertThat(new ScopeBuildPods(List.of(pod("Succeeded", owner))).finished("linux/amd64", "run"))
                    .as("%s", owner)
                    .isEmpty();
        }
        assertThat(new ScopeBuildPods(List.of(pod("Running"))).mounted()).isEmpty();
    }

    private static OwnerReference owner(String apiVersion, String kind, boolean controller) {
        return new OwnerReference(apiVersion, null, controller, kind, "run", "uid");
    }

    private static Pod pod(String phase, OwnerReference... owners) {
        return new PodBuilder()
                .withNewMetadata()
                .withName("pod")
                .withLabels(Map.of(ObjectLabels.SCOPE, "scope", ObjectLabels.PLATFORM, "linux-amd64"))
                .withOwnerReferences(owners)
                .endMetadata()
                .withNewSpec()
                .endSpec()
                .withNewStatus()
                .withPhase(phase)
                .endStatus()
                .build();
    }
}
