package dev.hearth.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.ApprovalRequest;
import dev.hearth.api.DefinitionSpec;
import dev.hearth.api.DefinitionStatus;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.TaskSpec;
import dev.hearth.controlplane.ScriptedNamespace;
import dev.hearth.forge.FakeForge.Proposal;
import dev.hearth.forge.FakeForge.Reply;
import dev.hearth.forge.FakeGitHub;
import dev.hearth.git.GitServer.Entry;
import dev.hearth.testbed.TestNamespace;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** Pipelines whose builds and tasks are in a file of the repository. */
@Order(1) // needs no node, which starts meanwhile
class DefinitionLoopIT {
    private static final String PATH = DefinitionSpec.PATH;
    private static final String PULL = "refs/pull/7/head";
    private static final String SPEC = """
            timeout: 20m
            cache: {recipe: [pom.xml]}
            triggers: {poll: 5s, branches: [main, "dev/*"], pullRequests: {enabled: true}}
            definition: {}
            """;
    private static final String HEAD = "apiVersion: hearth.dev/v1alpha1\nkind: PipelineDefinition\nspec:\n";
    private static final String UNIT = HEAD + "  tasks:\n  - {name: unit, image: busybox, command: [\"true\"]}\n";
    private static final String LINT = UNIT.replace("unit", "lint");

    @Test
    void eachTrustedCommitRunsWhatItsOwnFileSays() {
        try (var place = ScriptedNamespace.open("definition")) {
            var first = commit(place, ScriptedNamespace.MAIN, UNIT + "  timeout: 10m\n");
            place.pipeline(SPEC + "trust: {branches: [main, \"dev/*\"]}\n");

            var run = place.work().finishedRunOf(first);
            assertThat(run.getStatus().phase()).isEqualTo(Phase.Succeeded);
            assertThat(run.getStatus().definition()).isEqualTo(new DefinitionStatus(PATH, first, null));
            assertThat(spec(run))
                    .returns("10m", PipelineSpec::timeout)
                    .returns("15m", PipelineSpec::pendingTimeout)
                    .returns(null, PipelineSpec::definition)
                    .returns(List.of("pom.xml"), spec -> spec.cache().recipe());
            assertThat(tasks(run)).containsExactly("unit");

            var other = commit(place, "refs/heads/dev/lint", LINT, first);
            assertThat(tasks(place.work().finishedRunOf(other))).containsExactly("lint");
        }
    }

    /** A branch that is not trusted is pushed by somebody who may write, and a run by a user counts as approved by that user. */
    @Test
    void pullRequestHasTheFileOfTheDefaultBranchUnlessAUserRunsIt() {
        try (var place = ScriptedNamespace.open("base")) {
            var main = commit(place, ScriptedNamespace.MAIN, UNIT);
            place.pipeline(SPEC);
            place.work().finishedRunOf(main);

            var proposed = commit(place, PULL, LINT, main);
            var run = place.work().finishedRunOf(proposed);
            assertThat(tasks(run)).containsExactly("unit");
            assertThat(run.getStatus().definition()).isEqualTo(new DefinitionStatus(PATH, main, null));

            var byUser = place.finished(place.start(PULL));
            assertThat(tasks(byUser)).containsExactly("lint");
            assertThat(byUser.getStatus().definition()).isEqualTo(new DefinitionStatus(PATH, proposed, null));

            var branch = commit(place, "refs/heads/dev/lint", LINT, main);
            assertThat(tasks(place.work().finishedRunOf(branch))).containsExactly("lint");
        }
    }

    @Test
    void strangersFileCountsOnceItsCommitIsApproved() throws IOException {
        try (var forge = new FakeGitHub();
                var place = ScriptedNamespace.open("approved")) {
            place.forgeToken("*");
            forge.addWriter("ada");
            var main = commit(place, ScriptedNamespace.MAIN, UNIT);
            forge.propose(7, new Proposal("bob", "bob", main));
            place.reportingPipeline("GitHub", forge.url(), SPEC);
            place.work().finishedRunOf(main);
            var built = HEAD + "  builds:\n  - {name: image, dockerfile: build/Dockerfile}\n";
            var proposed = place.repository()
                    .commit(
                            PULL,
                            List.of(
                                    new Entry("100644", PATH, built),
                                    new Entry("100644", "build/Dockerfile", "FROM scratch\n"),
                                    new Entry("100644", "Dockerfile", "FROM scratch\n")),
                            main);

            var waiting = place.work()
                    .until(
                            "a run that waits for approval",
                            () -> runOf(place, proposed)
                                    .filter(run -> run.getStatus() != null
                                            && run.getStatus().approval() != null));
            assertThat(request(waiting).changedFiles()).containsExactly(PATH, "build/Dockerfile");
            forge.comment(7, "ada", "/approve " + proposed);

            var run = place.work().finishedRunOf(proposed);
            assertThat(spec(run).builds()).extracting(build -> build.name()).containsExactly("image");
            assertThat(run.getStatus().definition()).isEqualTo(new DefinitionStatus(PATH, proposed, null));
        }
    }

    /** With the rule Run the forge is still asked, since the base and the author decide about the file. */
    @Test
    void strangerWhoMayRunHasTheFileOfTheBaseAndAWriterTheOwn() throws IOException {
        try (var forge = new FakeGitHub();
                var place = ScriptedNamespace.open("strangers")) {
            place.forgeToken("*");
            forge.addWriter("ada");
            commit(place, "refs/heads/release", UNIT.replace("unit", "release"));
            var main = commit(place, ScriptedNamespace.MAIN, UNIT);
            // The commit that the forge calls the base is older than the branch.
            forge.propose(7, new Proposal("bob", "bob", null).to("release", main));
            forge.propose(8, new Proposal("ada", "ada", null).to("release", main));
            place.reportingPipeline(
                    "GitHub", forge.url(), SPEC.replace("enabled: true", "enabled: true, strangers: Run"));
            place.work().finishedRunOf(main);

            var ofBob = commit(place, PULL, LINT, main);
            var ofAda = commit(place, "refs/pull/8/head", UNIT.replace("unit", "mine"), main);
            assertThat(tasks(place.work().finishedRunOf(ofBob))).containsExactly("release");
            assertThat(tasks(place.work().finishedRunOf(ofAda))).containsExactly("mine");

            // Nobody has to approve these runs, so a token that is revoked does not hold them.
            forge.breakDown(Reply.of(401, "{}"));
            var withoutToken = commit(place, "refs/pull/9/head", LINT, main);
            assertThat(tasks(place.work().finishedRunOf(withoutToken))).containsExactly("unit");
        }
    }

    @Test
    void mistakeEndsTheRunWithFileAndLineUntilItIsCorrected() throws IOException {
        try (var forge = new FakeGitHub();
                var place = ScriptedNamespace.open("mistakes")) {
            place.forgeToken("*");
            var first = commit(place, ScriptedNamespace.MAIN, "hello: {");
            place.reportingPipeline("GitHub", forge.url(), SPEC);
            fails(place, first, "DefinitionInvalid", 1, "the file is no valid YAML");

            // A rule, a pattern, and an unknown field
            var second = commit(
                    place, ScriptedNamespace.MAIN, HEAD + "  tasks:\n  - name: unit\n    command: [\"true\"]\n", first);
            fails(
                    place,
                    second,
                    "DefinitionInvalid",
                    5,
                    PATH + ", line 5: spec.tasks[0]: a task needs either image or imageFrom: set exactly one of them");
            var third =
                    commit(place, ScriptedNamespace.MAIN, UNIT + "  builds:\n  - name: App\n    target: a\n", second);
            fails(place, third, "DefinitionInvalid", 7, PATH + ", line 7: spec.builds[0].name: ");
            var fourth = commit(
                    place,
                    ScriptedNamespace.MAIN,
                    HEAD + "  tasks:\n  - name: unit\n    image: busybox\n    comand: [x]\n    command: [y]\n",
                    third);
            fails(place, fourth, "DefinitionInvalid", 7, "spec.tasks[0].comand: there is no such field");
            place.work()
                    .until(
                            "a commit status with file and line",
                            () -> forge.statuses(fourth).stream()
                                    .filter(it -> it.description()
                                            .equals("did not start: DefinitionInvalid in " + PATH + ", line 7"))
                                    .findFirst());

            // More than the pipeline allows
            var fifth = commit(place, ScriptedNamespace.MAIN, UNIT + "  timeout: 21m\n", fourth);
            fails(
                    place,
                    fifth,
                    "DefinitionInvalid",
                    6,
                    "spec.timeout: 21m is longer than spec.timeout of the pipeline: write 20m or less");

            // Rules that only Hearth has
            var cycle = HEAD + "  tasks:\n  - {name: a, image: i, command: [x], needs: [b]}\n"
                    + "  - {name: b, image: i, command: [x], needs: [a]}\n";
            var sixth = commit(place, ScriptedNamespace.MAIN, cycle, fifth);
            fails(place, sixth, "DefinitionInvalid", 5, PATH + ", line 5: spec.tasks has a dependency cycle");
            var placeholder = UNIT + "  - name: lint\n    image: i\n    command:\n    - echo\n    - '{matrix.db}'\n";
            var seventh = commit(place, ScriptedNamespace.MAIN, placeholder, sixth);
            fails(
                    place,
                    seventh,
                    "DefinitionInvalid",
                    10,
                    "task lint uses {matrix.db}, which its matrix does not have");

            // No file
            var link = place.repository()
                    .commit(ScriptedNamespace.MAIN, List.of(new Entry("120000", PATH, "other.yaml")), seventh);
            fails(
                    place,
                    link,
                    "DefinitionNotFound",
                    null,
                    PATH + " of commit " + link.substring(0, 12) + " is a symbolic link");
            var none = place.repository().commit(ScriptedNamespace.MAIN, "a", "b", link);
            fails(place, none, "DefinitionNotFound", null, "commit " + none.substring(0, 12) + " has no file " + PATH);

            var correct = commit(place, ScriptedNamespace.MAIN, UNIT, none);
            assertThat(place.work().finishedRunOf(correct).getStatus().phase()).isEqualTo(Phase.Succeeded);
        }
    }

    @Test
    void fileNamesOnlyTheSecretsAndRegistriesThatThePipelineAllows() {
        try (var place = ScriptedNamespace.open("limits")) {
            var push = HEAD + "  builds:\n  - name: image\n    push:\n      repository: registry.example/%s\n";
            var first = commit(place, ScriptedNamespace.MAIN, push.formatted("other/app"));
            place.pipeline(
                    SPEC.replace("definition: {}", "definition: {pushTo: [registry.example/team/*], secrets: [a]}"));
            fails(
                    place,
                    first,
                    "DefinitionInvalid",
                    7,
                    "spec.builds[0].push.repository: spec.definition.pushTo of the pipeline does not allow"
                            + " registry.example/other/app");
            var secret = UNIT.replace("}", ", secrets: [{name: A, secretName: b, key: k}]}");
            var second = commit(place, ScriptedNamespace.MAIN, secret, first);
            fails(
                    place,
                    second,
                    "DefinitionInvalid",
                    5,
                    "spec.tasks[0].secrets[0].secretName: spec.definition.secrets of the pipeline does not have b");

            var allowed = commit(place, ScriptedNamespace.MAIN, push.formatted("team/app"), second);
            assertThat(spec(place.work().finishedRunOf(allowed)).builds()).hasSize(1);
        }
    }

    private static String commit(ScriptedNamespace place, String ref, String content, String... parents) {
        return place.repository().commit(ref, PATH, content, parents);
    }

    private static Optional<PipelineRun> runOf(ScriptedNamespace place, String commit) {
        return place.work().runs().stream()
                .filter(run -> commit.equals(run.getSpec().commit()))
                .findFirst();
    }

    private static void fails(
            ScriptedNamespace place, String commit, String reason, @Nullable Integer line, String message) {
        var run = place.work().finishedRunOf(commit);
        assertThat(run.getStatus().phase()).isEqualTo(Phase.Failed);
        assertThat(run.getStatus().definition()).isEqualTo(new DefinitionStatus(PATH, commit, line));
        assertThat(TestNamespace.condition(run, "Succeeded"))
                .hasValueSatisfying(condition -> assertThat(condition)
                        .returns(reason, it -> it.reason())
                        .satisfies(it -> assertThat(it.message()).contains(message)));
    }

    private static PipelineSpec spec(PipelineRun run) {
        return Objects.requireNonNull(run.getStatus().pipelineSpec());
    }

    private static List<String> tasks(PipelineRun run) {
        return spec(run).tasks().stream().map(TaskSpec::name).toList();
    }

    private static ApprovalRequest request(PipelineRun run) {
        return Objects.requireNonNull(run.getStatus().approval());
    }
}
