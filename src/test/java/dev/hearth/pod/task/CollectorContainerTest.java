package dev.hearth.pod.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.agent.AgentRequests;
import dev.hearth.agent.CollectRequest;
import dev.hearth.core.testreport.ReportGlob;
import dev.hearth.pod.PodVolumes;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What the container that collects a task's files is asked for, and what it may do. */
class CollectorContainerTest {
    private static final ReportGlob JUNIT = new ReportGlob("/reports/*.xml");
    private static final ReportGlob FILES = new ReportGlob("/log/$(id)/**");

    @Test
    void junitComesFirst() {
        assertThat(request(List.of(JUNIT), List.of(FILES), Optional.of("/out")))
                .isEqualTo(new CollectRequest(
                        List.of(
                                new CollectRequest.Pattern(CollectRequest.Kind.JUnit, JUNIT.folder(), JUNIT.regex()),
                                new CollectRequest.Pattern(CollectRequest.Kind.Files, FILES.folder(), FILES.regex())),
                        "/out"));
    }

    @Test
    void artifactIsOptional() {
        assertThat(request(List.of(), List.of(FILES), Optional.empty()).artifact())
                .isNull();
    }

    @Test
    void filesAreReadOnly() {
        var container = new CollectorContainer("agent", List.of(JUNIT), List.of(), Optional.empty())
                .build(List.of(PodVolumes.writable("reports", "/reports"), PodVolumes.writable("out", "/out")));

        assertThat(container.getVolumeMounts())
                .hasSize(2)
                .extracting(VolumeMount::getReadOnly)
                .containsOnly(true);
        assertThat(container.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
        assertThat(container.getSecurityContext().getCapabilities().getDrop()).containsExactly("ALL");
    }

    private static CollectRequest request(List<ReportGlob> junit, List<ReportGlob> files, Optional<String> artifact) {
        return AgentRequests.read(
                new CollectorContainer("agent", junit, files, artifact).build(List.of()), CollectRequest.class);
    }
}
