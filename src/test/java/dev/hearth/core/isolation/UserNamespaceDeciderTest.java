package dev.hearth.core.isolation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Condition;
import dev.hearth.api.ConditionType;
import dev.hearth.api.Reason;
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
    private static final StatusReason WHY = new StatusReason(Reason.CheckFailed, "something is wrong");
    private static final Map<String, Result> RESULTS = Map.of(
            "Possible", new Result.Possible(),
            "Impossible", new Result.Impossible(WHY),
            "Delayed", new Result.Delayed(WHY),
            "Hindered", new Result.Hindered(WHY));

    @ParameterizedTest
    @CsvSource(textBlock = """
            Auto,   Possible,   None,         Own
            Auto,   Impossible, None,         Shared UserNamespacesUnsupported
            Auto,   Delayed,    None,         Shared UserNamespacesUnchecked
            Auto,   Hindered,   None,         Shared UserNamespacesUnchecked
            Auto,   '',         None,         Awaited CheckingUserNamespaces
            Auto,   Possible,   RuntimeClass, Shared RuntimeSupportUnknown
            Auto,   Possible,   HighUser,     Shared UserIdTooHigh
            Auto,   Impossible, Claim,        Shared UserNamespacesUnsupported
            Always, Possible,   None,         Own
            Always, Possible,   Claim,        Own
            Always, Possible,   RuntimeClass, Own
            Always, Possible,   HighUser,     Refused UserNamespaceRequired
            Always, Impossible, None,         Refused UserNamespaceRequired
            Always, Hindered,   None,         Awaited CheckingUserNamespaces
            Always, Delayed,    None,         Awaited CheckingUserNamespaces
            Always, '',         None,         Awaited CheckingUserNamespaces
            Never,  '',         None,         Shared UserNamespacesDisabled
            Never,  Possible,   Claim,        Shared UserNamespacesDisabled
            """)
    void followsTheRuleAndThePreflight(UserNamespaceMode rule, String result, Feature feature, String expected) {
        var use = new UserNamespaceDecider(rule, Optional.ofNullable(RESULTS.get(result)), false).decide(feature);

        assertThat(describe(use)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"true, Own", "false, Shared VolumeSupportUnknown"})
    void podWithAClaimHasAUserNamespaceOnlyIfBuildsHaveShownThatItWorks(boolean mapped, String expected) {
        var users = new UserNamespaceDecider(UserNamespaceMode.Auto, Optional.of(new Result.Possible()), mapped);

        assertThat(describe(users.decide(Feature.Claim))).isEqualTo(expected);
    }

    @Test
    void conditionShowsThePodWithTheWeakestSeparation() {
        var own = new UserNamespaceUse.Own();
        var untried = new UserNamespaceUse.Shared(false, new StatusReason(Reason.UserNamespacesUnchecked, "no quota"));
        var shared =
                new UserNamespaceUse.Shared(true, new StatusReason(Reason.UserNamespacesUnsupported, "old runtime"));

        assertThat(status(List.of())).isEmpty();
        assertThat(status(List.of(), new UserNamespaceUse.Awaited(WHY), new UserNamespaceUse.Inapplicable()))
                .isEmpty();
        assertThat(status(List.of(), own)).contains("True UserNamespacesUsed");
        assertThat(status(List.of(), own, untried)).contains("Unknown UserNamespacesUnchecked");
        assertThat(status(List.of(), own, shared, untried)).contains("False UserNamespacesUnsupported");
        assertThat(status(List.of(), own, new UserNamespaceUse.Refused(WHY))).contains("False CheckFailed");
        // Earlier pods count too.
        assertThat(status(List.of(condition("False")), own)).contains("False UserIdTooHigh");
        assertThat(status(List.of(condition("True")))).contains("True UserIdTooHigh");
        assertThat(status(List.of(condition("True")), shared)).contains("False UserNamespacesUnsupported");
    }

    private static Optional<String> status(List<Condition> before, UserNamespaceUse... now) {
        return UserNamespaceUse.condition(
                        new ConditionFactory(before, 1, Instant.EPOCH),
                        Stream.of(now).toList())
                .map(condition -> condition.status() + " " + condition.reason());
    }

    private static Condition condition(String status) {
        return new Condition(
                ConditionType.UserNamespaces.name(), status, "UserIdTooHigh", "", "2026-01-01T00:00:00Z", 1L);
    }

    private static String describe(UserNamespaceUse use) {
        return switch (use) {
            case UserNamespaceUse.Own _ -> "Own";
            case UserNamespaceUse.Inapplicable _ -> "Inapplicable";
            case UserNamespaceUse.Shared(boolean _, StatusReason why) -> "Shared " + why.reason();
            case UserNamespaceUse.Awaited(StatusReason why) -> "Awaited " + why.reason();
            case UserNamespaceUse.Refused(StatusReason why) -> "Refused " + why.reason();
        };
    }
}
