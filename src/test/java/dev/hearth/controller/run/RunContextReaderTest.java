package dev.hearth.controller.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.pod.ObjectLabels;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RunContextReaderTest {
    /** A pod that waited may end as the run takes it. */
    @Test
    void ofTwoPodsForTheSameStepsThatWhichHasNotFinishedCounts() {
        var own = pod("build", "Running");
        var taken = pod("warm", "Failed");
        taken.getMetadata().setLabels(Map.of(ObjectLabels.WARM, "true"));
        taken.getMetadata().setAnnotations(Map.of(ObjectLabels.REPLACES, "build"));
        var other = pod("task", "Running");

        for (var order : List.of(Stream.of(own, taken, other), Stream.of(taken, own, other))) {
            assertThat(RunContextReader.byRole(order)).isEqualTo(Map.of("build", own, "task", other));
        }
    }

    private static Pod pod(String name, String phase) {
        return new PodBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withNewStatus()
                .withPhase(phase)
                .endStatus()
                .build();
    }
}
