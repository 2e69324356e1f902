package dev.hearth.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.core.validation.FieldMistake;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpecCheckTest {
    private static final String UNKNOWN = "there is no such field: correct its name, or remove it";

    /** A key of the file can have the words of the API server. */
    @Test
    void unknownFieldIsFoundWhateverItsName() {
        assertThat(mistakes(
                        400,
                        "error decoding patch: strict decoding error: unknown field"
                                + " \"status.pipelineSpec.tasks[0].strict decoding error: x\", unknown field"
                                + " \"status.pipelineSpec.tasks[0].comand\""))
                .containsExactly(
                        new FieldMistake("spec.tasks[0].strict decoding error: x", UNKNOWN),
                        new FieldMistake("spec.tasks[0].comand", UNKNOWN));
    }

    /** The same request would fail until the run's time is over. */
    @Test
    void rejectionWithoutAFieldIsAMistakeOfTheSpec() {
        assertThat(mistakes(422, "status.pipelineSpec is\ntoo large"))
                .containsExactly(new FieldMistake("spec", "spec is too large"));
        assertThat(mistakes(400, "x".repeat(9000)))
                .singleElement()
                .satisfies(it -> assertThat(it.problem()).hasSizeLessThanOrEqualTo(300));
    }

    @ParameterizedTest
    @CsvSource({
        "400, 'admission webhook \"a.example\" denied the request: no'",
        "403, 'pipelineruns.hearth.dev \"a\" is forbidden: exceeded quota: q'",
        "422, 'pipelineruns.hearth.dev \"a\" is forbidden: ValidatingAdmissionPolicy b denied request: no'",
        "503, unavailable",
    })
    void denialSaysNothingAboutTheSpec(int code, String message) {
        assertThat(mistakes(code, message)).isEmpty();
    }

    private static List<FieldMistake> mistakes(int code, String message) {
        var status = new StatusBuilder().withCode(code).withMessage(message).build();
        return SpecCheck.mistakes(new KubernetesClientException(status));
    }
}
