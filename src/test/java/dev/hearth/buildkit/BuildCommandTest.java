package dev.hearth.buildkit;

import static dev.hearth.core.Specs.pipeline;
import static dev.hearth.core.Specs.push;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.BuildSpec;
import dev.hearth.api.BuildSpecBuilder;
import dev.hearth.api.IsolationForm;
import dev.hearth.api.Reason;
import dev.hearth.core.plan.Plan;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.run.BuildResultBuilder;
import dev.hearth.core.status.StatusReason;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BuildCommandTest {
    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    @Test
    void whatUsersWroteIsAnArgumentAndNeverScript() {
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

        var command = command(spec, "refs/heads/main", Set.of());

        assertThat(command.get(2)).contains("set -eu").doesNotContain("pwned");
        assertThat(command)
                .contains(
                        "--opt=context=https://git.example/app.git?checksum=" + COMMIT + "&fetch-by-commit=1",
                        "--opt=filename=" + hostile,
                        "--opt=target=" + hostile,
                        "--opt=build-arg:A=" + hostile,
                        "--opt=platform=linux/arm64",
                        "--output=type=local,dest=/artifacts/tests");
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

        var command = command(spec, "refs/heads/main", Set.of("registry.example"));

        assertThat(command)
                .contains(
                        "--output=type=image,name=registry.example/app,push=true,push-by-digest=true,oci-mediatypes=true,registry.insecure=true")
                .anyMatch(argument -> argument.endsWith("&subdir=sub+dir%26x"));
        assertThat(command(spec, "refs/pull/1/head", Set.of())).noneMatch(argument -> argument.contains("type=image"));
    }

    @Test
    void readsDigestAndCacheUse() {
        var message = """
                {"containerimage.digest": "sha256:abc", "other": 1}
                {"total":12,"user_cacheable":9,"miss":2}""";

        assertThat(SolveReportReader.read(message))
                .hasValue(BuildResultBuilder.builder()
                        .digest("sha256:abc")
                        .cached(7)
                        .executed(2)
                        .build());
        assertThat(SolveReportReader.read("{}\n{\"user_cacheable\":3,\"miss\":0}"))
                .hasValue(BuildResultBuilder.builder().cached(3).executed(0).build());
    }

    @Test
    void readsWhatWasWrongWithTheCache() {
        var message = """
                {}
                {"user_cacheable":9,"miss":2}
                {"mode":"Own","reason":"CacheBroken","note":"a database is empty"}""";

        assertThat(SolveReportReader.read(message))
                .hasValue(BuildResultBuilder.builder()
                        .cached(7)
                        .executed(2)
                        .cacheFrom("Own: a database is empty")
                        .warning(new StatusReason(Reason.CacheBroken, "a database is empty"))
                        .build());
        assertThat(SolveReportReader.read(message.replace("CacheBroken", "Succeeded"))
                        .orElseThrow()
                        .warning())
                .isEqualTo(new StatusReason(Reason.CacheBroken, "a database is empty"));
    }

    @Test
    void unreadableResultIsNoResult() {
        assertThat(SolveReportReader.read("")).isEmpty();
        assertThat(SolveReportReader.read("{\nnot json")).isEmpty();
        assertThat(SolveReportReader.read("{}\n{}")).isEmpty();
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

    private static List<String> command(BuildSpec spec, String ref, Set<String> insecure) {
        var step = Plan.of(pipeline(List.of(spec), List.of()), GitRef.of(ref))
                .builds()
                .findFirst()
                .orElseThrow();
        return new BuildCommand("https://git.example/app.git", COMMIT, insecure, List.of()).solve(step, false, false);
    }
}
