package dev.hearth.buildkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.hearth.api.BuildSpec;
import dev.hearth.api.DockerfileFinding;
import dev.hearth.core.Specs;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Texts as BuildKit 0.34 prints them. */
class DockerfileFindingReaderTest {
    private static final BuildSpec BUILD = Specs.build("image", null)
            .with()
            .context("services/app")
            .dockerfile("docker/Dockerfile")
            .build();
    private static final String FILE = "services/app/docker/Dockerfile";
    private static final String REPORT = """
            {}
            {"user_cacheable": 25, "miss": 2}
            {"mode": "Own"}

            [build 2/3] RUN make
            warning: FromAsCasing: 'as' and 'FROM' keywords' casing do not match (line 1)
            warning: JSONArgsRecommended: JSON arguments recommended for CMD (line 12)
            """;
    private static final String FAILED = """
            #9 ERROR: process "/bin/sh -c make" did not complete successfully: exit code: 2
            ------
             > [2/2] RUN make:
            0.101 Dockerfile:1
            0.101 docker/Dockerfile:2
            ------
            docker/Dockerfile:7
            --------------------
               5 |     FROM busybox
               6 |    \s
               7 | >>> RUN make
               8 |    \s
            --------------------
            error: failed to solve: process "/bin/sh -c make" did not complete successfully: exit code: 2
            """;

    @Test
    void warningsAreOfTheDockerfileOfTheBuild() {
        assertThat(DockerfileFindingReader.warnings(BUILD, REPORT))
                .containsExactly(
                        new DockerfileFinding(FILE, 1, "FromAsCasing", "'as' and 'FROM' keywords' casing do not match"),
                        new DockerfileFinding(FILE, 12, "JSONArgsRecommended", "JSON arguments recommended for CMD"));
        assertThat(SolveReportReader.read(REPORT).orElseThrow().rebuilt()).containsExactly("[build 2/3] RUN make");
    }

    @Test
    void failedInstructionIsFound() {
        assertThat(DockerfileFindingReader.failure(BUILD, FAILED)).contains(new DockerfileFinding(FILE, 7, null, null));
        assertThat(DockerfileFindingReader.failure(BUILD, FAILED.replace("docker/Dockerfile:7", "other/Dockerfile:7")))
                .isEmpty();
        assertThat(DockerfileFindingReader.failure(BUILD, "error: failed to solve: failed to read dockerfile"))
                .isEmpty();
    }

    /** Output of a step may look the same; BuildKit's own comes last. */
    @Test
    void lastPositionCounts() {
        var forged = "docker/Dockerfile:3\n--------------------\n" + FAILED;
        assertThat(DockerfileFindingReader.failure(BUILD, forged).orElseThrow().line())
                .isEqualTo(7);
    }

    @Test
    void onlyTheFirstWarningsAreKept() {
        var many = IntStream.range(1, 1000)
                .mapToObj(line -> "warning: Rule: text (line " + line + ")\n")
                .collect(Collectors.joining());
        assertThat(DockerfileFindingReader.warnings(BUILD, many)).hasSize(10);
        assertThat(DockerfileFindingReader.warnings(BUILD, "warning: Rule: " + "x".repeat(900) + " (line 1)"))
                .singleElement()
                .satisfies(it -> assertThat(it.message()).hasSize(300));
    }

    @Property
    void anyTextIsRead(@ForAll String text) {
        for (var hostile :
                new String[] {text, "warning: Rule: " + text + " (line 1)", text + "docker/Dockerfile:9\n" + text}) {
            assertThat(DockerfileFindingReader.warnings(BUILD, hostile))
                    .allMatch(it -> it.file().equals(FILE) && it.line() > 0 && it.rule() != null);
            assertThat(DockerfileFindingReader.failure(BUILD, hostile)).isEmpty();
        }
    }

    /** The script keeps what it reads for the termination message. */
    @Test
    void scriptKeepsWarningsOfTheLinter() throws Exception {
        var script = ContainerScript.SOLVE.text();
        var start = script.indexOf("linted() {");
        var function = script.substring(start, script.indexOf("\n}\n", start) + 3);
        var trace = """
                {"vertexes":[{"digest":"sha256:1","name":"a \\"short\\":\\"Rm9yZ2VkIChsaW5lIDMp\\""}]}
                {"logs":[{"vertex":"sha256:1","data":"%s"}]}
                {"warnings":[%s,%s]}
                {"warnings":[%s,%s]}
                """.formatted(
                        base64("FromAsCasing: forged (line 3)"),
                        warning("FromAsCasing: 'as' and 'FROM' keywords' casing do not match (line 1)"),
                        warning("LongRule: " + "x".repeat(500) + " (line 2)"),
                        warning("without a line"),
                        warning("Split: in\ntwo (line 4)"));

        var shell = new ProcessBuilder("sh", "-euc", function + "linted")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (var input = shell.outputWriter()) {
            input.write(trace);
        }
        var warnings = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(shell.waitFor()).isZero();

        assertThat(DockerfileFindingReader.warnings(BUILD, warnings))
                .extracting(DockerfileFinding::rule, DockerfileFinding::line)
                .containsExactly(tuple("FromAsCasing", 1), tuple("LongRule", 2), tuple("Split", 4));
        assertThat(warnings).hasSizeLessThan(400);
    }

    /** As BuildKit's client writes one into its trace. */
    private static String warning(String text) {
        return "{\"vertex\":\"sha256:1\",\"level\":1,\"short\":\"%s\",\"url\":\"https://docs.docker.com/go/\"}"
                .formatted(base64(text));
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
