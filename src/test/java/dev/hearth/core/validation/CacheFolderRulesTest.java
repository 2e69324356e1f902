package dev.hearth.core.validation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.core.Specs;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CacheFolderRulesTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "caches: [{path: /src/target}]",
                "caches: [{path: /workspace/target}, {path: /usr/local/cargo/registry}, {path: /root/.cache}]",
                "caches: [{path: /out2}]\nartifact: {path: /out}\nreports: {junit: ['/reports/*.xml']}",
                "os: Windows\ncaches: [{path: 'C:\\src\\target'}, {path: 'D:\\cache'}]",
            })
    void acceptsSeparateDirectories(String yaml) {
        assertThat(problem(yaml)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/artifacts/tests",
                "/workspace",
                "/usr",
                "/usr/local",
                "/etc/x",
                "/run/secrets/x",
                "/var",
                "/hearth/own",
                "/proc",
            })
    void rejectsDirectoriesThatTheTaskNeeds(String path) {
        assertThat(problem("caches: [{path: " + path + "}]"))
                .hasValueSatisfying(problem -> assertThat(problem)
                        .startsWith("task unit: caches has the path " + path
                                + ", which would hide files that the task needs"));
    }

    @Test
    void rejectsOverlappingVolumes() {
        assertThat(problem("caches: [{path: /out/x}]\nartifact: {path: /out}"))
                .contains(
                        "task unit: caches has the path /out/x, which overlaps /out, a folder of its reports or artifact;"
                                + " use separate directories");
        assertThat(problem("caches: [{path: /src}]\nreports: {junit: ['/src/reports/*.xml']}"))
                .isPresent();
        assertThat(problem("caches: [{path: /src}, {path: /src/target}]"))
                .contains("task unit: caches has /src/target within /src; remove the inner path");
        assertThat(problem("caches: [{path: /src}, {path: /src}]")).isPresent();
        assertThat(problem("os: Windows\ncaches: [{path: 'C:\\src'}, {path: 'C:\\SRC\\target'}]"))
                .isPresent();
        assertThat(problem("os: Windows\ncaches: [{path: 'C:\\Windows\\x'}]")).isPresent();
    }

    @Test
    void rejectsPathsOfAnotherOperatingSystem() {
        assertThat(problem("caches: [{path: 'C:\\src'}]")).isPresent();
        assertThat(problem("os: Windows\ncaches: [{path: /src}]")).isPresent();
    }

    @Test
    void rejectsCachesOfAPrivilegedTask() {
        assertThat(problem("podSecurity: Privileged\ncaches: [{path: /src}]"))
                .hasValueSatisfying(
                        problem -> assertThat(problem).contains("podSecurity: Privileged cannot have caches"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "reports: {files: ['/x/*']}",
                "artifact: {path: /out}",
                "artifacts: [tests]",
                "user: 5",
                "podSecurity: Privileged",
                "services: [{name: db, image: i, user: 5}]",
            })
    void rejectsFieldsThatNeedLinux(String yaml) {
        var task = Specs.task("unit", "os: Windows\n" + yaml);

        assertThat(TaskRules.mistake(Specs.pipeline(List.of(), List.of(task))))
                .hasValueSatisfying(
                        it -> assertThat(it.problem()).startsWith("task unit: a task with os: Windows cannot have "));
    }

    private static Optional<String> problem(String yaml) {
        return CacheFolderRules.problem(Specs.task("unit", yaml));
    }
}
