package dev.hearth.buildkit;

import static dev.hearth.core.Specs.pipeline;
import static dev.hearth.core.Specs.push;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.hearth.agent.SolveRequest;
import dev.hearth.api.BuildSpec;
import dev.hearth.api.BuildSpecBuilder;
import dev.hearth.api.IsolationForm;
import dev.hearth.core.plan.Plan;
import dev.hearth.core.ref.GitRef;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BuildRequestsTest {
    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    @Test
    void whatUsersWroteIsAValueOfAnOption() {
        var hostile = "$(touch /tmp/pwned); `id` \" '";
        var spec = BuildSpecBuilder.builder()
                .name("tests")
                .dockerfile(hostile)
                .context("")
                .target(hostile)
                .artifact(true)
                .platforms(List.of("linux/arm64"))
                .arguments(Map.of("A", hostile))
                .build();

        var request = request(spec, "refs/heads/main", Set.of());

        assertThat(request.options())
                .containsExactly(
                        entry("context", "https://git.example/app.git?checksum=" + COMMIT + "&fetch-by-commit=1"),
                        entry("filename", hostile),
                        entry("platform", "linux/arm64"),
                        entry("target", hostile),
                        entry("build-arg:A", hostile));
        assertThat(request.artifacts()).isEqualTo("/artifacts");
        assertThat(request.json()).contains("$(touch /tmp/pwned); `id` \\\" '").startsWith("{\"version\":1,");
    }

    @Test
    void pushesByDigestAndNeverByTag() {
        var spec = BuildSpecBuilder.builder()
                .name("image")
                .dockerfile("Dockerfile")
                .context("sub dir&x")
                .target("")
                .artifact(false)
                .platforms(List.of("linux/amd64"))
                .push(push("main"))
                .build();

        var request = request(spec, "refs/heads/main", Set.of("registry.example"));

        assertThat(request.push()).isEqualTo(new SolveRequest.Push("registry.example/app", true));
        assertThat(request.options().get("context")).endsWith("&subdir=sub+dir%26x");
        assertThat(request(spec, "refs/pull/1/head", Set.of()).push()).isNull();
    }

    @Test
    void daemonIsToldItsSnapshotterAndRegistries() {
        var toml = new DaemonConfig(
                        Map.of("docker.io", "mirror:5000"), Set.of("mirror:5000"), IsolationForm.UserNamespace)
                .toml();

        assertThat(toml)
                .contains(
                        "snapshotter = \"overlayfs\"",
                        "gc = false",
                        "[registry.\"docker.io\"]\n  mirrors = [\"mirror:5000\"]",
                        "[registry.\"mirror:5000\"]\n  http = true");
    }

    @ParameterizedTest
    @EnumSource
    void daemonHasOneSnapshotterWhateverItsIsolation(IsolationForm isolation) {
        var toml = new DaemonConfig(Map.of(), Set.of(), isolation).toml();

        assertThat(toml.lines().filter(line -> line.contains("napshotter")))
                .containsExactly("  snapshotter = \"overlayfs\"");
        assertThat(toml).contains("noProcessSandbox = " + (isolation == IsolationForm.Rootless));
    }

    private static SolveRequest request(BuildSpec spec, String ref, Set<String> insecure) {
        var step = Plan.of(pipeline(List.of(spec), List.of()), GitRef.of(ref))
                .builds()
                .findFirst()
                .orElseThrow();
        return new BuildRequests("https://git.example/app.git", COMMIT, insecure, List.of())
                .solve(step, false, false, 1024);
    }
}
