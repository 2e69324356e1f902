package dev.hearth.controller.run.results;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.DockerfileFinding;
import dev.hearth.api.TestSummary;
import dev.hearth.api.TestSummaryBuilder;
import dev.hearth.core.testreport.TestCase;
import dev.hearth.core.testreport.TestCaseBuilder;
import dev.hearth.core.testreport.TestSummaryFactory;
import dev.hearth.core.testreport.TestTally;
import dev.hearth.core.text.Mask;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class SecretMaskerTest {
    /** Reports are cut before they are masked. */
    @Test
    void masksTheBeginningOfAValueThatWasCut() {
        var value = "correct-horse-battery-staple";
        var test = TestCaseBuilder.builder()
                .classname("")
                .name("fails")
                .file("")
                .seconds(OptionalDouble.empty())
                .outcome(TestCase.Outcome.Failed)
                .flaky(false)
                .message("x".repeat(285) + value)
                .details("y\u001b[m".repeat(498) + value)
                .failedAt(Optional.empty())
                .build();
        var tally = new TestTally();
        tally.add(test);
        var failure = SecretMasker.mask(Mask.of(List.of(value)), TestSummaryFactory.of(tally.report()))
                .failures()
                .getFirst();
        assertThat(failure.message()).isEqualTo("x".repeat(285) + "***…");
        assertThat(failure.details()).doesNotContain("corr");
    }

    @Test
    void masksMessagesAboutLinesOfADockerfile() {
        var lint = new DockerfileFinding("Dockerfile", 3, "UndefinedVar", "usage of s3cret");
        var failed = new DockerfileFinding("Dockerfile", 7, null, null);
        assertThat(SecretMasker.mask(Mask.of(List.of("s3cret")), List.of(lint, failed)))
                .containsExactly(new DockerfileFinding("Dockerfile", 3, "UndefinedVar", "usage of ***"), failed);
    }

    @Test
    void masksEveryTextOfASummary() {
        var tests = TestSummaryBuilder.builder()
                .passed(1)
                .failed(2)
                .skipped(3)
                .seconds(4.5)
                .failures(List.of(
                        new TestSummary.Failure("fails[s3cret]", "expected s3cret", "at s3cret", "s3cret/a.py", 3)))
                .slowest(List.of(new TestSummary.Slow("sleeps[s3cret]", 4)))
                .flaky(List.of("flickers[s3cret]"))
                .problems(List.of("s3cret.xml cannot be read"))
                .build();

        assertThat(SecretMasker.mask(Mask.of(List.of("s3cret")), tests))
                .isEqualTo(TestSummaryBuilder.builder()
                        .passed(1)
                        .failed(2)
                        .skipped(3)
                        .seconds(4.5)
                        .failures(
                                List.of(new TestSummary.Failure("fails[***]", "expected ***", "at ***", "***/a.py", 3)))
                        .slowest(List.of(new TestSummary.Slow("sleeps[***]", 4)))
                        .flaky(List.of("flickers[***]"))
                        .problems(List.of("***.xml cannot be read"))
                        .build());
    }
}
