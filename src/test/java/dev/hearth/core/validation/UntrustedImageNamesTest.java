package dev.hearth.core.validation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Reason;
import dev.hearth.api.TaskSpec;
import dev.hearth.api.Trust;
import dev.hearth.core.status.StatusReason;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UntrustedImageNamesTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "image: '{matrix.image}', matrix: {from: {artifact: a, file: f}}     | the image of task t has {matrix.image}",
                "image: 'r/a:{matrix.tag}', matrix: {from: {artifact: a, file: f}}   | the image of task t has {matrix.tag}",
                "image: 'r/a:{branch}'                                               | the image of task t has {branch}",
                "image: 'r/a:{tag}'                                                  | the image of task t has {tag}",
                "image: 'r/{ref}'                                                    | the image of task t has {ref}",
                "image: a, services: [{name: db, image: '{matrix.db}'}], matrix: {from: {artifact: a, file: f}}"
                        + " | the image of service db of task t has {matrix.db}"
            })
    void rejectsImagesThatTheAuthorOfAnUntrustedRunChooses(String yaml, String problem) {
        assertThat(UntrustedImageNames.problem(task(yaml)))
                .hasValueSatisfying(it -> assertThat(it).startsWith(problem).contains("matrix.include"));
    }

    @Test
    void rejectsUntrustedRunsOnly() {
        var task = task("image: 'r/a:{branch}'");

        assertThat(UntrustedImageNames.refusal(Trust.Untrusted, task))
                .hasValueSatisfying(why -> assertThat(why).returns(Reason.UntrustedImageName, StatusReason::reason));
        assertThat(UntrustedImageNames.refusal(Trust.Trusted, task)).isEmpty();
        assertThat(UntrustedImageNames.refusal(Trust.Untrusted, task("image: r/a")))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "image: 'r/a:{matrix.tag}', matrix: {include: [{tag: one}]}",
                "image: 'r/a:{commit}'",
                "image: 'r/a:{{branch}'",
                "image: a, command: ['{branch}', '{matrix.x}'], matrix: {from: {artifact: a, file: f}}",
                "imageFrom: {build: b, platform: linux/amd64}"
            })
    void acceptsImagesThatThePipelineNames(String yaml) {
        assertThat(UntrustedImageNames.problem(task(yaml))).isEmpty();
    }

    private static TaskSpec task(String yaml) {
        return Serialization.unmarshal("---\n{name: t, " + yaml + "}", TaskSpec.class);
    }
}
