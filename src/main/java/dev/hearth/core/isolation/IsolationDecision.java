package dev.hearth.core.isolation;

import dev.hearth.api.IsolationForm;
import dev.hearth.api.IsolationRule;
import dev.hearth.api.Reason;
import dev.hearth.api.Trust;
import dev.hearth.core.isolation.PreflightResult.Result;
import dev.hearth.core.status.StatusReason;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** What follows from the trials of a namespace. */
public sealed interface IsolationDecision {

    /** Builds have this form. */
    record Chosen(IsolationForm found, StatusReason why) implements IsolationDecision {}

    /** No run waits for one. */
    record Unasked() implements IsolationDecision {}

    /** Not known yet. */
    record Open(StatusReason why) implements IsolationDecision {}

    /** Builds cannot run until somebody changes something. */
    record Refused(StatusReason why) implements IsolationDecision {}

    default Optional<IsolationForm> form() {
        return switch (this) {
            case Chosen chosen -> Optional.of(chosen.found);
            case Unasked _, Open _, Refused _ -> Optional.empty();
        };
    }

    /**
     * The forms that may be used, in the order to try them. The policy's word counts before the installation's; a form
     * that one of them names is tried too, so that a build does not have to find out. Without such a word, builds of
     * untrusted refs never become root of their node.
     */
    static List<IsolationForm> candidates(IsolationRule policy, IsolationRule installation, Trust trust) {
        return switch (policy == IsolationRule.Auto ? installation : policy) {
            case Auto ->
                switch (trust) {
                    case Trusted ->
                        List.of(IsolationForm.UserNamespace, IsolationForm.Rootless, IsolationForm.Privileged);
                    case Untrusted -> List.of(IsolationForm.UserNamespace, IsolationForm.Rootless);
                };
            case UserNamespace -> List.of(IsolationForm.UserNamespace);
            case Rootless -> List.of(IsolationForm.Rootless);
            case Privileged -> List.of(IsolationForm.Privileged);
        };
    }

    /** Whether the next form is to be tried. */
    static boolean goesOn(PreflightResult trial) {
        return trial.result() instanceof Result.Impossible;
    }

    /** The verdict on trials in the order of their forms, of which the last decides. */
    static IsolationDecision of(String namespace, Trust trust, List<PreflightResult> trials) {
        var words = trials.stream().map(PreflightResult::message).collect(Collectors.joining("; "));
        var last = trials.getLast();
        return switch (last.result()) {
            case Result.Possible _ -> new Chosen(last.form(), new StatusReason(possible(last.form()), words));
            case Result.Delayed(StatusReason why) -> new Open(new StatusReason(why.reason(), words));
            case Result.Hindered(StatusReason why) -> new Refused(new StatusReason(why.reason(), words));
            case Result.Impossible _ -> new Refused(refusal(namespace, trust, trials, words));
        };
    }

    private static Reason possible(IsolationForm form) {
        return switch (form) {
            case UserNamespace -> Reason.UserNamespacePossible;
            case Rootless -> Reason.RootlessPossible;
            case Privileged -> Reason.PrivilegedPossible;
        };
    }

    private static String remedy(Trust trust, List<PreflightResult> trials) {
        return trust == Trust.Trusted || trials.getLast().form() == IsolationForm.Privileged
                ? ""
                : ". Builds of untrusted refs do not become root of their node unless an administrator says so: make user"
                        + " namespaces or rootless builds possible on the nodes, or set isolation: Privileged in a"
                        + " CachePolicy that this pipeline follows, and give its builds nodes of their own";
    }

    private static StatusReason refusal(String namespace, Trust trust, List<PreflightResult> trials, String words) {
        var byPodSecurity = trials.stream()
                .allMatch(trial -> trial.result() instanceof Result.Impossible(StatusReason why)
                        && why.reason() == Reason.PodSecurityViolation);
        return byPodSecurity
                ? new StatusReason(
                        Reason.PodSecurityViolation,
                        "namespace " + namespace + " does not admit build pods: give it the label"
                                + " pod-security.kubernetes.io/enforce=privileged. " + words)
                : new StatusReason(
                        Reason.IsolationUnavailable,
                        "builds cannot run in namespace " + namespace + ". " + words + remedy(trust, trials));
    }
}
