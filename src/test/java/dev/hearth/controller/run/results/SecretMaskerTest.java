package dev.hearth.controller.run.results;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.TestSummary;
import dev.hearth.core.text.Mask;
import java.util.List;
import org.junit.jupiter.api.Test;

class SecretMaskerTest {
    @Test
    void masksEveryTextOfASummary() {
        var tests = new TestSummary(
                1,
                2,
                3,
                4.5,
                List.of(new TestSummary.Failure("fails[s3cret]", "expected s3cret", "at s3cret")),
                List.of(new TestSummary.Slow("sleeps[s3cret]", 4)),
                List.of("flickers[s3cret]"),
                List.of("s3cret.xml cannot be read"));

        assertThat(SecretMasker.mask(Mask.of(List.of("s3cret")), tests))
                .isEqualTo(new TestSummary(
                        1,
                        2,
                        3,
                        4.5,
                        List.of(new TestSummary.Failure("fails[***]", "expected ***", "at ***")),
                        List.of(new TestSummary.Slow("sleeps[***]", 4)),
                        List.of("flickers[***]"),
                        List.of("***.xml cannot be read")));
    }
}
