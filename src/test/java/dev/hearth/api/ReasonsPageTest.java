package dev.hearth.api;

import static dev.hearth.reference.GeneratedPage.code;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.reference.GeneratedPage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The page docs/reference/reasons.md lists every {@link Reason} and {@link ConditionType}. */
class ReasonsPageTest {
    @Test
    void pageIsUpToDate() throws IOException {
        var page = new GeneratedPage(
                "Conditions and reasons",
                "Hearth writes conditions to the status of its resources, states of steps to the status of a PipelineRun, and"
                        + " events. Each has a reason, one word that scripts and alerts can compare, and a message for"
                        + " people. No other reasons are written.",
                "the enums ConditionType and Reason");
        page.heading(2, "Conditions");
        page.table(
                List.of("Type", "Kinds", "Meaning"),
                Arrays.stream(ConditionType.values())
                        .map(type -> List.of(code(type.name()), type.kinds(), type.meaning()))
                        .toList());
        page.heading(2, "Reasons");
        page.paragraph("A reason of a step is also the reason of its run if the step decides the result of the run.");
        page.table(
                List.of("Reason", "Meaning", "What to do", "Where"),
                Arrays.stream(Reason.values())
                        .sorted(Comparator.comparing(Reason::name))
                        .map(reason -> List.of(
                                code(reason.name()), reason.meaning(), reason.remedy(), places(reason.places())))
                        .toList());
        page.check(Path.of("docs/reference/reasons.md"));
    }

    private static String places(List<Reason.Place> places) {
        return places.stream().map(Reason.Place::text).collect(Collectors.joining("; "));
    }

    @ParameterizedTest
    @EnumSource
    void everyReasonIsExplained(Reason reason) {
        assertThat(reason.meaning()).endsWith(".").doesNotContain("|");
        assertThat(reason.remedy()).endsWith(".").doesNotContain("|");
        assertThat(reason.places()).isNotEmpty().doesNotHaveDuplicates();
        assertThat(Reason.parse(reason.name())).contains(reason);
    }

    @Test
    void anUnknownReasonIsNotParsed() {
        assertThat(Reason.parse("FollowsTheMoon")).isEmpty();
        assertThat(Reason.parse(null)).isEmpty();
    }
}
