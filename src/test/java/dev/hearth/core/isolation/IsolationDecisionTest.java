package dev.hearth.core.isolation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Condition;
import dev.hearth.api.IsolationForm;
import dev.hearth.api.IsolationRule;
import dev.hearth.api.PreflightStatus;
import dev.hearth.api.Reason;
import dev.hearth.api.Trust;
import dev.hearth.core.isolation.PreflightResult.Result;
import dev.hearth.core.status.ConditionFactory;
import dev.hearth.core.status.StatusReason;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Chooses the strongest possible isolation, and never a weaker one by accident. */
class IsolationDecisionTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Result POSSIBLE = new Result.Possible();
    private static final Result TOO_OLD =
            new Result.Impossible(new StatusReason(Reason.UserNamespacesUnsupported, "runc is too old"));
    private static final Result FORBIDDEN = new Result.Impossible(
            new StatusReason(Reason.PodSecurityViolation, "violates PodSecurity \"baseline:latest\""));
    private static final Result UNSCHEDULED =
            new Result.Delayed(new StatusReason(Reason.Unschedulable, "no node fits its pod"));
    private static final Result NO_IMAGE = new Result.Hindered(new StatusReason(Reason.ImagePullFailed, "not found"));

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            Auto       | Auto          | Trusted   | [UserNamespace, Rootless, Privileged]
            Auto       | Auto          | Untrusted | [UserNamespace, Rootless]
            Auto       | Privileged    | Untrusted | [Privileged]
            Rootless   | Privileged    | Untrusted | [Rootless]
            Rootless   | Auto          | Trusted   | [Rootless]
            Privileged | UserNamespace | Untrusted | [Privileged]
            """)
    void policyOverridesTheInstallation(IsolationRule policy, IsolationRule installation, Trust trust, String forms) {
        assertThat(IsolationDecision.candidates(policy, installation, trust)).hasToString(forms);
    }

    @Test
    void choosesTheFirstPossibleFormWithoutFurtherPreflights() {
        var checked = new ArrayList<IsolationForm>();

        var decision = decide(
                Map.of(
                        IsolationForm.UserNamespace, TOO_OLD,
                        IsolationForm.Rootless, POSSIBLE,
                        IsolationForm.Privileged, POSSIBLE),
                checked);

        assertThat(decision.form()).contains(IsolationForm.Rootless);
        assertThat(checked).containsExactly(IsolationForm.UserNamespace, IsolationForm.Rootless);
        assertThat(((IsolationDecision.Chosen) decision).why().message())
                .isEqualTo("UserNamespace is not possible: runc is too old; Rootless is possible");
    }

    @Test
    void doesNotChooseAWeakerFormIfAPreflightCouldNotRun() {
        assertThat(decide(
                        Map.of(IsolationForm.UserNamespace, UNSCHEDULED, IsolationForm.Rootless, POSSIBLE),
                        new ArrayList<>()))
                .isInstanceOf(IsolationDecision.Open.class);
        assertThat(decide(
                        Map.of(IsolationForm.UserNamespace, NO_IMAGE, IsolationForm.Rootless, POSSIBLE),
                        new ArrayList<>()))
                .isEqualTo(new IsolationDecision.Refused(
                        new StatusReason(Reason.ImagePullFailed, "UserNamespace could not be checked: not found")));
    }

    @Test
    void namesTheLabelIfPodSecurityAdmitsNoForm() {
        var decision = decide(
                Map.of(
                        IsolationForm.UserNamespace, FORBIDDEN,
                        IsolationForm.Rootless, FORBIDDEN,
                        IsolationForm.Privileged, FORBIDDEN),
                new ArrayList<>());

        assertThat(decision).isInstanceOfSatisfying(IsolationDecision.Refused.class, refused -> {
            assertThat(refused.why().reason()).isEqualTo(Reason.PodSecurityViolation);
            assertThat(refused.why().message())
                    .contains("namespace ci", "pod-security.kubernetes.io/enforce=privileged", "baseline:latest");
        });
    }

    @Test
    void doesNotNameTheLabelForOtherObstacles() {
        var decision = IsolationDecision.of(
                "ci", Trust.Trusted, List.of(new PreflightResult(IsolationForm.UserNamespace, TOO_OLD)));

        assertThat(decision)
                .isEqualTo(new IsolationDecision.Refused(new StatusReason(
                        Reason.IsolationUnavailable,
                        "builds cannot run in namespace ci. UserNamespace is not possible: runc is too old")));
    }

    @Test
    void saysWhatAnAdministratorCanDoForUntrustedBuilds() {
        var decision = IsolationDecision.of(
                "ci",
                Trust.Untrusted,
                List.of(
                        new PreflightResult(IsolationForm.UserNamespace, TOO_OLD),
                        new PreflightResult(IsolationForm.Rootless, TOO_OLD)));

        assertThat(decision)
                .isInstanceOfSatisfying(
                        IsolationDecision.Refused.class,
                        refused -> assertThat(refused.why())
                                .returns(Reason.IsolationUnavailable, StatusReason::reason)
                                .satisfies(
                                        why -> assertThat(why.message())
                                                .contains(
                                                        "runc is too old",
                                                        "set isolation: Privileged in a CachePolicy that this pipeline follows")));
    }

    @Test
    void conditionExplainsAWeakForm() {
        var status = new IsolationStatus(Optional.empty(), Optional.empty())
                .update(
                        IsolationDecision.of(
                                "ci", Trust.Trusted, List.of(new PreflightResult(IsolationForm.Privileged, POSSIBLE))),
                        NOW);

        var conditions = status.conditions(
                new ConditionFactory(List.of(), 1, NOW),
                new IsolationDecision.NotNeeded(),
                new StatusReason(Reason.VolumesReady, "well"));
        assertThat(conditions.getFirst()).returns("Ready", Condition::type).returns("True", Condition::status);
        assertThat(conditions.getLast())
                .returns("Isolated", Condition::type)
                .returns("False", Condition::status)
                .returns("Privileged", Condition::reason)
                .satisfies(it ->
                        assertThat(it.message()).contains("root of their node", "mount no volume of a trusted ref"));
        assertThat(status.isFullyIsolated()).isFalse();
    }

    @Test
    void reportsAChangeOnce() {
        var nothing = new IsolationStatus(Optional.empty(), Optional.empty());
        var chosen = IsolationDecision.of(
                "ci", Trust.Trusted, List.of(new PreflightResult(IsolationForm.UserNamespace, POSSIBLE)));

        var found = nothing.update(chosen, NOW);
        var again = found.update(chosen, NOW.plusSeconds(60));
        var refused = again.update(
                IsolationDecision.of(
                        "ci", Trust.Trusted, List.of(new PreflightResult(IsolationForm.UserNamespace, FORBIDDEN))),
                NOW);

        assertThat(found.change(nothing)).map(StatusReason::reason).contains(Reason.IsolationFound);
        assertThat(again.change(found)).isEmpty();
        assertThat(again).isEqualTo(found);
        assertThat(refused.change(again)).map(StatusReason::reason).contains(Reason.PodSecurityViolation);
        assertThat(refused.form()).contains(IsolationForm.UserNamespace);
        assertThat(refused.update(chosen, NOW).refusal()).isEmpty();
    }

    @Test
    void repeatedRefusalHasANewTime() {
        var refusal = IsolationDecision.of(
                "ci", Trust.Trusted, List.of(new PreflightResult(IsolationForm.UserNamespace, FORBIDDEN)));

        var later = new IsolationStatus(Optional.empty(), Optional.empty())
                .update(refusal, NOW)
                .update(refusal, NOW.plusSeconds(9));

        assertThat(later.preflight()).map(PreflightStatus::at).contains("2026-01-01T00:00:09Z");
    }

    private static IsolationDecision decide(Map<IsolationForm, Result> results, List<IsolationForm> checked) {
        var preflights = new ArrayList<PreflightResult>();
        for (IsolationForm form : IsolationDecision.candidates(IsolationRule.Auto, IsolationRule.Auto, Trust.Trusted)) {
            checked.add(form);
            var preflight = new PreflightResult(form, results.getOrDefault(form, POSSIBLE));
            preflights.add(preflight);
            if (!IsolationDecision.needsNext(preflight)) {
                break;
            }
        }
        return IsolationDecision.of("ci", Trust.Trusted, preflights);
    }
}
