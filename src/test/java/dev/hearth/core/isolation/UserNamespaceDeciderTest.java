package dev.hearth.core.isolation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Condition;
import dev.hearth.api.UserNamespaceMode;
import dev.hearth.core.isolation.PreflightResult.Result;
import dev.hearth.core.isolation.UserNamespaceDecider.Feature;
import dev.hearth.core.status.ConditionFactory;
import dev.hearth.core.status.StatusReason;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UserNamespaceDeciderTest {
    private static final StatusReason WHY = new StatusReason("Why", "something is wrong");
    private static final Map<String, Result> RESULTS = Map.of(
            "Possible", new Result.Possible(),
            "Impossible", new Result.Impossible(WHY),
            "Delayed", new Result.Delayed(WHY),
            "Hindered", new Result.Hindered(WHY));

    @ParameterizedTest
    @CsvSource(textBlock = """
            Auto,   Possible,   None,         Own
            Auto,   Impossible, None,         Shared NotPossible
            Auto,   Delayed,    None,         Shared NotTried
            Auto,   Hindered,   None,         Shared NotTried
            Auto,   '',         None,         Awaited PreparingUserNamespace
            Auto,   Possible,   RuntimeClass, Shared RuntimeNotTried
            Auto,   Possible,   HighUser,     Shared UserTooHigh
            Auto,   Impossible, Claim,        Shared NotPossible
            Always, Possible,   None,         Own
            Always, Possible,   Claim,        Own
            Always, Possible,   RuntimeClass, Own
            Always, Possible,   HighUser,     Refused NoUserNamespace
            Always, Impossible, None,         Refused NoUserNamespace
            Always, Hindered,   None,         Awaited PreparingUserNamespace
            Always, Delayed,    None,         Awaited PreparingUserNamespace
            Always, '',         None,         Awaited PreparingUserNamespace
            Never,  '',         None,         Shared SwitchedOff
            Never,  Possible,   Claim,        Shared SwitchedOff
            """)
    void followsTheRuleAndTheTrial(UserNamespaceMode rule, String trial, Feature feature, String expected) {
        var use = new UserNamespaceDecider(rule, Optional.ofNullable(RESULTS.get(trial)), false).decide(feature);

        assertThat(words(use)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"true, Own", "false, Shared VolumesNotMapped"})
    void claimIsMappedUnderAutoWhereBuildsHaveShownThatItCanBe(boolean mapped, String expected) {
        var users = new UserNamespaceDecider(UserNamespaceMode.Auto, Optional.of(new Result.Possible()), mapped);

        assertThat(words(users.decide(Feature.Claim))).isEqualTo(expected);
    }

    @Test
    void conditionSaysTheWorstThatHoldsForAPodOfTheRun() {
        var own = new UserNamespaceUse.Own();
        var untried = new UserNamespaceUse.Shared(false, new StatusReason("NotTried", "no quota"));
        var shared = new UserNamespaceUse.Shared(true, new StatusReason("NotPossible", "old runtime"));

        assertThat(status(List.of())).isEmpty();
        assertThat(status(List.of(), new UserNamespaceUse.Awaited(WHY), new UserNamespaceUse.Inapplicable()))
                .isEmpty();
        assertThat(status(List.of(), own)).contains("True UserNamespacesUsed");
        assertThat(status(List.of(), own, untried)).contains("Unknown NotTried");
        assertThat(status(List.of(), own, shared, untried)).contains("False NotPossible");
        assertThat(status(List.of(), own, new UserNamespaceUse.Refused(WHY))).contains("False Why");
        // What earlier pods had stays true.
        assertThat(status(List.of(condition("False")), own)).contains("False Before");
        assertThat(status(List.of(condition("True")))).contains("True Before");
        assertThat(status(List.of(condition("True")), shared)).contains("False NotPossible");
    }

    private static Optional<String> status(List<Condition> before, UserNamespaceUse... now) {
        return UserNamespaceUse.condition(
                        new ConditionFactory(before, 1, Instant.EPOCH),
                        Stream.of(now).toList())
                .map(condition -> condition.status() + " " + condition.reason());
    }

    private static Condition condition(String status) {
        return new Condition(UserNamespaceUse.CONDITION, status, "Before", "", "2026-01-01T00:00:00Z", 1L);
    }

    private static String words(UserNamespaceUse use) {
        return switch (use) {
            case UserNamespaceUse.Own _ -> "Own";
            case UserNamespaceUse.Inapplicable _ -> "Inapplicable";
            case UserNamespaceUse.Shared(boolean _, StatusReason why) -> "Shared " + why.reason();
            case UserNamespaceUse.Awaited(StatusReason why) -> "Awaited " + why.reason();
            case UserNamespaceUse.Refused(StatusReason why) -> "Refused " + why.reason();
        };
    }
}
