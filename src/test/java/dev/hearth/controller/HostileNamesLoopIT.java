package dev.hearth.controller;

import static dev.hearth.testbed.TestNamespace.condition;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus.Phase;
import dev.hearth.controlplane.ScriptedNamespace;
import dev.hearth.core.HostileTexts;
import dev.hearth.forge.FakeForge.Proposal;
import dev.hearth.forge.FakeGitHub;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Names that git or a forge accepts and somebody may choose to do harm, and what the API server says to the objects made of them. */
class HostileNamesLoopIT {
    private static final List<String> BRANCHES = List.of(
            "$(id)",
            "`id`",
            "';DROP",
            "<script>alert(1)</script>",
            "a&b=c",
            "%2e%2e",
            "%00",
            "#x",
            "-x",
            "--upload-pack=x",
            "\"}",
            "{branch}",
            "{{run}",
            "%s%n",
            "{0}",
            "level=ERROR",
            "hearth-x",
            "refs/heads/main",
            "HEAD",
            "@",
            "1".repeat(40),
            "é".repeat(100),
            "e\u0301",
            "İ",
            "\u202eb",
            "a\u200db",
            "\ufeffa",
            "\u00a0",
            "\ud83d\ude00",
            "gh-readonly-queue/main/pr-1-x",
            "a/".repeat(60) + "a");

    /** They have characters that end a line, or move a cursor. */
    private static final List<String> UNSEEN = List.of("a\u0085b", "a\u009b31m", "a\u2028b", "a\u2029b");

    private static final List<String> LOGINS =
            List.of("<script>", "..", "a/../b", "a\u202eb", "a\nlevel=ERROR", "\u001b[2J", "x".repeat(300), "{branch}");

    @Test
    void eachRefHasARunOrIsNotFollowedAndNoneStopsAnother() throws IOException {
        try (var forge = new FakeGitHub();
                var place = ScriptedNamespace.open("hostile")) {
            place.forgeToken("*");
            for (int number = 1; number <= LOGINS.size(); number++) {
                var login = LOGINS.get(number - 1);
                forge.propose(number, new Proposal(login, login, null));
            }
            var refs = BRANCHES.stream().map(name -> "refs/heads/" + name).collect(toSet());
            update(place, refs);
            update(place, UNSEEN.stream().map(name -> "refs/heads/" + name).collect(toSet()));

            var pipeline = place.reportingPipeline("GitHub", forge.url(), """
                    triggers: {poll: 5s, branches: ['**'], pullRequests: {enabled: true}}
                    tasks: [{name: unit, image: busybox, command: ["true"]}]
                    """);
            refs.add(ScriptedNamespace.MAIN);
            place.work()
                    .until(
                            "a finished run of each branch",
                            () -> Optional.of(refs(place, Phase.Succeeded)).filter(refs::equals));

            var proposed = place.repository().commit("refs/pull/1/head", "a", "proposed");
            for (int number = 2; number <= LOGINS.size(); number++) {
                place.repository().set("refs/pull/" + number + "/head", proposed);
            }
            var asked = place.work()
                    .until(
                            "a question about each pull request",
                            () -> Optional.of(asked(place)).filter(all -> all.size() == LOGINS.size()));

            assertThat(asked).allSatisfy(run -> {
                assertThat(message(run)).matches(text -> !HostileTexts.breaksLine(text));
                assertThat(String.valueOf(run.getStatus().approval()))
                        .matches(text -> !HostileTexts.breaksLine(text))
                        .hasSizeLessThan(1000);
            });
            assertThat(place.work().runs())
                    .hasSize(refs.size() + LOGINS.size())
                    .noneMatch(run -> UNSEEN.stream().anyMatch(run.getSpec().ref()::endsWith));
            assertThat(condition(place.client().resource(pipeline).get(), "Degraded"))
                    .isEmpty();
        }
    }

    private static void update(ScriptedNamespace place, Set<String> refs) {
        var commands = refs.stream()
                .map(ref -> "create " + ref + " " + place.commit() + "\n")
                .collect(joining());
        place.repository().git(commands, List.of("update-ref", "--stdin"));
    }

    private static Set<String> refs(ScriptedNamespace place, Phase phase) {
        return place.work().runs().stream()
                .filter(run -> run.getStatus() != null && run.getStatus().phase() == phase)
                .map(run -> run.getSpec().ref())
                .collect(toSet());
    }

    private static List<PipelineRun> asked(ScriptedNamespace place) {
        return place.work().runs().stream()
                .filter(run -> run.getSpec().ref().startsWith("refs/pull/")
                        && message(run).contains("approve"))
                .toList();
    }

    private static String message(PipelineRun run) {
        return condition(run, "Succeeded").map(it -> it.message()).orElse("");
    }
}
