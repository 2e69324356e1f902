package dev.hearth.buildkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.BuildSpec;
import dev.hearth.api.DockerfileFinding;
import dev.hearth.api.Reason;
import dev.hearth.core.Specs;
import dev.hearth.core.run.BuildResultBuilder;
import dev.hearth.core.run.StepOutputs;
import dev.hearth.core.status.StatusReason;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SolveReportReaderTest {
    private static final String DIGEST = "sha256:" + "ab".repeat(32);
    private static final BuildSpec BUILD = Specs.build("image", null)
            .with()
            .context("services/app")
            .dockerfile("docker/Dockerfile")
            .build();

    @Test
    void readsDigestCacheUseAndRebuiltSteps() {
        assertThat(SolveReportReader.read("""
                        {"version":1,"digest":"%s","cached":7,"executed":2,"rebuilt":["[build 2/3] RUN make"]}""".formatted(DIGEST)))
                .hasValue(BuildResultBuilder.builder()
                        .digest(DIGEST)
                        .cached(7)
                        .executed(2)
                        .rebuilt(List.of("[build 2/3] RUN make"))
                        .build());
        assertThat(SolveReportReader.read("{\"version\":1,\"cached\":3,\"executed\":0}"))
                .hasValue(BuildResultBuilder.builder().cached(3).executed(0).build());
    }

    @Test
    void readsWhatWasWrongWithTheCache() {
        var message = """
                {"version":1,"cached":7,"executed":2,"restarted":"Own",
                "problem":{"reason":"CacheBroken","note":"a database is empty"}}""";

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
        assertThat(SolveReportReader.read(message.replace("Own", "Overlay"))
                        .orElseThrow()
                        .cacheFrom())
                .isNull();
    }

    @Test
    void readsTheArtifact() {
        var message = """
                {"version":1,"cached":0,"executed":0,"files":{"digest":"%s","count":3,"kib":12}}""";

        assertThat(SolveReportReader.files(message.formatted(DIGEST))).hasValue(new StepOutputs.Files(DIGEST, 3, 12));
        assertThat(SolveReportReader.files(message.formatted("sha256:ab"))).isEmpty();
    }

    @Test
    void warningsAreOfTheDockerfileOfTheBuild() {
        var file = "services/app/docker/Dockerfile";

        assertThat(SolveReportReader.warnings(BUILD, report("""
                        {"rule":"FromAsCasing","message":"'as' and 'FROM' keywords' casing do not match","line":1},
                        {"rule":"no rule","message":"","line":2},
                        {"rule":"JSONArgsRecommended","message":"JSON arguments recommended for CMD","line":12}""")))
                .containsExactly(
                        new DockerfileFinding(file, 1, "FromAsCasing", "'as' and 'FROM' keywords' casing do not match"),
                        new DockerfileFinding(file, 12, "JSONArgsRecommended", "JSON arguments recommended for CMD"));
    }

    @Test
    void onlyTheFirstWarningsAreKept() {
        var many = IntStream.range(1, 1000)
                .mapToObj(line -> "{\"rule\":\"Rule\",\"message\":\"%s\",\"line\":%d}".formatted("x".repeat(900), line))
                .collect(Collectors.joining(","));

        assertThat(SolveReportReader.warnings(BUILD, report(many)))
                .hasSize(10)
                .allSatisfy(it -> assertThat(it.message()).hasSize(300));
    }

    /** An untrusted pod may end with any words. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{",
                "{}",
                "{\"version\":2,\"cached\":1,\"executed\":0}",
                "{\"version\":1,\"cached\":1}",
                "{\"version\":1,\"cached\":99999999999,\"executed\":0}",
                "{\"version\":1,\"cached\":1,\"executed\":0,\"rebuilt\":[null]}",
                "{\"version\":1,\"cached\":1,\"executed\":0,\"problem\":{}}",
                "{\"version\":1,\"cached\":1,\"executed\":0,\"warnings\":[{\"line\":1}]}",
                "{\"version\":1,\"cached\":1,\"executed\":0,\"files\":{\"count\":1}}"
            })
    void anythingElseIsNoResult(String message) {
        assertThat(SolveReportReader.read(message)).isEmpty();
        assertThat(SolveReportReader.files(message)).isEmpty();
        assertThat(SolveReportReader.warnings(BUILD, message)).isEmpty();
    }

    @Property
    void anyTextIsRead(@ForAll String text) {
        assertThat(SolveReportReader.warnings(BUILD, text)).isEmpty();
        assertThat(SolveReportReader.read(text)).isEmpty();
    }

    private static String report(String warnings) {
        return "{\"version\":1,\"cached\":25,\"executed\":2,\"warnings\":[" + warnings + "]}";
    }
}
