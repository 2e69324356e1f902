package dev.hearth.core.testreport;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hearth.api.TestSummary;
import dev.hearth.core.testreport.TestCase.Outcome;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class TestSummaryFactoryTest {

    @Test
    void countsAllTestsAndListsTheFirst() {
        var tally = new TestTally();
        for (int i = 0; i < 30; i++) {
            tally.add(test("bad" + i, Outcome.Failed, 1, false));
            tally.add(test("broken" + i, Outcome.Error, 2, false));
            tally.add(test("flaky" + i, Outcome.Passed, 0.5, true));
            tally.add(test("off" + i, Outcome.Skipped, 0, false));
        }
        tally.add(test("longest", Outcome.Passed, 90.0004, false));
        tally.problem("x.xml is empty");

        var summary = TestSummaryFactory.of(tally.report());

        assertThat(List.of(summary.passed(), summary.failed(), summary.skipped()))
                .containsExactly(31, 60, 30);
        assertThat(summary.seconds()).isEqualTo(30 * 3.5 + 90);
        assertThat(summary.failures())
                .hasSize(10)
                .extracting(TestSummary.Failure::id)
                .startsWith("c.bad0", "c.broken0");
        assertThat(summary.slowest()).hasSize(5).startsWith(new TestSummary.Slow("c.longest", 90));
        assertThat(summary.flaky()).hasSize(20).startsWith("c.flaky0");
        assertThat(summary.problems()).containsExactly("x.xml is empty");
    }

    @Test
    void countsAnyNumberOfTestsExactly() {
        var tally = new TestTally(3, 10);
        for (int i = 0; i < 100_000; i++) {
            tally.add(test("t" + i, i % 1000 == 0 ? Outcome.Failed : Outcome.Passed, i == 77 ? 5 : 0.001, false));
        }

        var report = tally.report();

        assertThat(report.totals()).isEqualTo(new TestReport.Totals(99_900, 100, 0, 0, 104.999));
        assertThat(report.cases()).hasSize(13).extracting(TestCase::name).contains("t0", "t1000", "t2000", "t1", "t77");
        assertThat(report.leftOut()).isEqualTo(100_000 - 13);
    }

    @Test
    void leavesOutEmptyTexts() throws Exception {
        var tally = new TestTally();
        tally.add(TestCaseBuilder.builder()
                .classname("")
                .name("one")
                .file("")
                .seconds(OptionalDouble.empty())
                .outcome(Outcome.Failed)
                .flaky(false)
                .message("")
                .details("")
                .failedAt(Optional.empty())
                .build());

        var json = new ObjectMapper().writeValueAsString(TestSummaryFactory.of(tally.report()));

        assertThat(json)
                .isEqualTo("{\"passed\":0,\"failed\":1,\"skipped\":0,\"seconds\":0.0,\"failures\":[{\"id\":\"one\"}]}");
        assertThat(new ObjectMapper().readValue(json, TestSummary.class))
                .isEqualTo(TestSummaryFactory.of(tally.report()));
    }

    @Property
    void limitsAndCleansTheTextsOfATest(@ForAll @StringLength(max = 2000) String text) throws Exception {
        var test = TestCaseBuilder.builder()
                .classname(text)
                .name(text)
                .file(text)
                .seconds(OptionalDouble.of(1))
                .outcome(Outcome.Failed)
                .flaky(false)
                .message(text)
                .details(text)
                .failedAt(Optional.empty())
                .build();
        var tally = new TestTally();
        tally.add(test);
        tally.problem(text);

        var summary = TestSummaryFactory.of(tally.report());

        var failure = summary.failures().getFirst();
        assertThat(failure.id()).hasSizeLessThanOrEqualTo(401).doesNotContain("\n", "\u001b", "\u202e", "\0");
        if (failure.message() != null) {
            assertThat(failure.message()).hasSizeLessThanOrEqualTo(300).doesNotContain("\n");
        }
        if (failure.details() != null) {
            assertThat(failure.details()).hasSizeLessThanOrEqualTo(500);
            assertThat(failure.details().lines().count()).isLessThanOrEqualTo(5);
        }
        var json = new ObjectMapper().writeValueAsBytes(summary);
        assertThat(new ObjectMapper().readValue(json, TestSummary.class)).isEqualTo(summary);
    }

    @Test
    void removesColoursAndUnpairedSurrogates() {
        var test = TestCaseBuilder.builder()
                .classname("c")
                .name("\u001b[1;31mred\u001b[0m \ud83d")
                .file("")
                .seconds(OptionalDouble.of(Double.NaN))
                .outcome(Outcome.Failed)
                .flaky(false)
                .message("x".repeat(296) + "\ud83d\ude00" + "yyyy")
                .details("  at one\n\n\tat two\n3\n4\n5\n6")
                .failedAt(Optional.empty())
                .build();
        assertThat(test.name()).isEqualTo("red \ufffd");
        assertThat(test.seconds()).isEmpty();
        assertThat(test.message()).isEqualTo("x".repeat(296) + "\ud83d\ude00y…");
        assertThat(test.details()).isEqualTo("  at one\n at two\n3\n4\n5");
    }

    @Test
    void limitsTheSizeOfABriefSummary() {
        var tally = new TestTally();
        for (int i = 0; i < 50; i++) {
            tally.add(TestCaseBuilder.builder()
                    .classname("c")
                    .name("t" + i)
                    .file("")
                    .seconds(OptionalDouble.of(1))
                    .outcome(Outcome.Failed)
                    .flaky(false)
                    .message("m".repeat(900))
                    .details("d\n".repeat(900))
                    .failedAt(Optional.empty())
                    .build());
        }

        var brief = TestSummaryFactory.brief(TestSummaryFactory.of(tally.report()));

        assertThat(brief.failed()).isEqualTo(50);
        assertThat(brief.failures()).hasSize(3).allSatisfy(failure -> {
            assertThat(failure.message()).hasSize(100);
            assertThat(failure.details()).isNull();
        });
    }

    private static TestCase test(String name, Outcome outcome, double seconds, boolean flaky) {
        return TestCaseBuilder.builder()
                .classname("c")
                .name(name)
                .file("")
                .seconds(OptionalDouble.of(seconds))
                .outcome(outcome)
                .flaky(flaky)
                .message("")
                .details("")
                .failedAt(Optional.empty())
                .build();
    }
}
