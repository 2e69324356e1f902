package dev.hearth.core.retention;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Reason;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PolicyStatusFactoryTest {

    @Test
    void toleratesASmallClockSkew() {
        assertThat(PolicyStatusFactory.clockSkew(Duration.ofMinutes(5))).isEmpty();
        assertThat(PolicyStatusFactory.clockSkew(Duration.ofMinutes(-5))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "PT6M, 6 minutes ahead of",
        "PT6M20S, 6 minutes ahead of",
        "PT-90M, 90 minutes behind",
        "PT-3H, 3 hours behind"
    })
    void roundsTheClockSkewThatItReports(Duration ahead, String amount) {
        assertThat(PolicyStatusFactory.clockSkew(ahead)).hasValueSatisfying(why -> {
            assertThat(why.reason()).isEqualTo(Reason.ClockSkewed);
            assertThat(why.message()).startsWith("the operator's clock is " + amount + " the API server's");
        });
    }
}
