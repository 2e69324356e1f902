package dev.hearth.core.isolation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Condition;
import dev.hearth.api.Isolation;
import dev.hearth.api.IsolationRule;
import dev.hearth.api.Preflight;
import dev.hearth.api.Trust;
import dev.hearth.core.diagnosis.Finding;
import dev.hearth.core.isolation.Trial.Result;
import dev.hearth.core.status.Conditions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The strongest isolation that is possible, and nothing weaker by accident. */
class VerdictTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Result POSSIBLE = new Result.Possible();
    private static final Result TOO_OLD = new Result.Impossible(new Finding("NodeCannot", "runc is too old"));
    private static final Result FORBIDDEN =
            new Result.Impossible(new Finding(Trial.POD_SECURITY, "violates PodSecurity \"baseline:latest\""));
    private static final Result UNSCHEDULED = new Result.Delayed(new Finding("Unschedulable", "no node takes its pod"));
    private static final Result NO_IMAGE = new Result.Hindered(new Finding("ImagePullFailed", "not found"));

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            Auto       | Auto          | Trusted   | [UserNamespace, Rootless, Privileged]
            Auto       | Auto          | Untrusted | [UserNamespace, Rootless]
            Auto       | Privileged    | Untrusted | [Privileged]
            Rootless   | Privileged    | Untrusted | [Rootless]
            Rootless   | Auto          | Trusted   | [Rootless]
            Privileged | UserNamespace | Untrusted | [Privileged]
            """)
    void policyIsHeardBeforeTheInstallation(
            IsolationRule policy, IsolationRule installation, Trust trust, String forms) {
        assertThat(Verdict.candidates(policy, installation, trust)).hasToString(forms);
    }

    @Test
    void strongestPossibleFormIsChosenAndNoOtherIsTried() {
        var tried = new ArrayList<Isolation>();

        var verdict = judge(
                Map.of(
                        Isolation.UserNamespace, TOO_OLD,
                        Isolation.Rootless, POSSIBLE,
                        Isolation.Privileged, POSSIBLE),
                tried);

        assertThat(verdict.form()).contains(Isolation.Rootless);
        assertThat(tried).containsExactly(Isolation.UserNamespace, Isolation.Rootless);
        assertThat(((Verdict.Chosen) verdict).why().message())
                .isEqualTo("UserNamespace is not possible: runc is too old; Rootless is possible");
    }

    @Test
    void doubtAboutAFormLeadsToNoWeakerOne() {
        assertThat(judge(Map.of(Isolation.UserNamespace, UNSCHEDULED, Isolation.Rootless, POSSIBLE), new ArrayList<>()))
                .isInstanceOf(Verdict.Open.class);
        assertThat(judge(Map.of(Isolation.UserNamespace, NO_IMAGE, Isolation.Rootless, POSSIBLE), new ArrayList<>()))
                .isEqualTo(new Verdict.Refused(
                        new Finding("ImagePullFailed", "UserNamespace could not be tried: not found")));
    }

    @Test
    void namespaceThatAdmitsNoFormIsToldItsLabel() {
        var verdict = judge(
                Map.of(
                        Isolation.UserNamespace, FORBIDDEN,
                        Isolation.Rootless, FORBIDDEN,
                        Isolation.Privileged, FORBIDDEN),
                new ArrayList<>());

        assertThat(verdict).isInstanceOfSatisfying(Verdict.Refused.class, refused -> {
            assertThat(refused.why().reason()).isEqualTo("PodSecurityRefused");
            assertThat(refused.why().message())
                    .contains("namespace ci", "pod-security.kubernetes.io/enforce=privileged", "baseline:latest");
        });
    }

    @Test
    void clusterThatCanNoFormIsNotSentToALabel() {
        var verdict = Verdict.of("ci", Trust.Trusted, List.of(new Trial(Isolation.UserNamespace, TOO_OLD)));

        assertThat(verdict)
                .isEqualTo(new Verdict.Refused(new Finding(
                        "NoIsolationPossible",
                        "builds cannot run in namespace ci. UserNamespace is not possible: runc is too old")));
    }

    @Test
    void untrustedBuildsWithoutAFormSayWhatAnAdministratorCanDo() {
        var verdict = Verdict.of(
                "ci",
                Trust.Untrusted,
                List.of(new Trial(Isolation.UserNamespace, TOO_OLD), new Trial(Isolation.Rootless, TOO_OLD)));

        assertThat(verdict)
                .isInstanceOfSatisfying(
                        Verdict.Refused.class,
                        refused -> assertThat(refused.why())
                                .returns("NoIsolationPossible", Finding::reason)
                                .satisfies(
                                        why -> assertThat(why.message())
                                                .contains(
                                                        "runc is too old",
                                                        "set isolation: Privileged in a CachePolicy that this pipeline follows")));
    }

    @Test
    void statusSaysWhatIsWeaker() {
        var standing = new Standing(Optional.empty(), Optional.empty())
                .with(Verdict.of("ci", Trust.Trusted, List.of(new Trial(Isolation.Privileged, POSSIBLE))), NOW);

        var conditions = standing.conditions(
                new Conditions(List.of(), 1, NOW), new Verdict.Unasked(), new Finding("VolumesMade", "well"));
        assertThat(conditions.getFirst()).returns("Ready", Condition::type).returns("True", Condition::status);
        assertThat(conditions.getLast())
                .returns("Isolated", Condition::type)
                .returns("False", Condition::status)
                .returns("Privileged", Condition::reason)
                .satisfies(it ->
                        assertThat(it.message()).contains("root of their node", "mount no volume of a trusted ref"));
        assertThat(standing.sound()).isFalse();
    }

    @Test
    void newsAreToldOnce() {
        var nothing = new Standing(Optional.empty(), Optional.empty());
        var chosen = Verdict.of("ci", Trust.Trusted, List.of(new Trial(Isolation.UserNamespace, POSSIBLE)));

        var found = nothing.with(chosen, NOW);
        var again = found.with(chosen, NOW.plusSeconds(60));
        var refused = again.with(
                Verdict.of("ci", Trust.Trusted, List.of(new Trial(Isolation.UserNamespace, FORBIDDEN))), NOW);

        assertThat(found.news(nothing)).map(Finding::reason).contains("IsolationFound");
        assertThat(again.news(found)).isEmpty();
        assertThat(again).isEqualTo(found);
        assertThat(refused.news(again)).map(Finding::reason).contains("PodSecurityRefused");
        assertThat(refused.form()).contains(Isolation.UserNamespace);
        assertThat(refused.with(chosen, NOW).refusal()).isEmpty();
    }

    @Test
    void refusalIsAnAnswerToThoseWhoWaitNow() {
        var refusal = Verdict.of("ci", Trust.Trusted, List.of(new Trial(Isolation.UserNamespace, FORBIDDEN)));

        var later = new Standing(Optional.empty(), Optional.empty())
                .with(refusal, NOW)
                .with(refusal, NOW.plusSeconds(9));

        assertThat(later.preflight()).map(Preflight::at).contains("2026-01-01T00:00:09Z");
    }

    private static Verdict judge(Map<Isolation, Result> results, List<Isolation> tried) {
        var trials = new ArrayList<Trial>();
        for (Isolation form : Verdict.candidates(IsolationRule.Auto, IsolationRule.Auto, Trust.Trusted)) {
            tried.add(form);
            var trial = new Trial(form, results.getOrDefault(form, POSSIBLE));
            trials.add(trial);
            if (!Verdict.goesOn(trial)) {
                break;
            }
        }
        return Verdict.of("ci", Trust.Trusted, trials);
    }
}
