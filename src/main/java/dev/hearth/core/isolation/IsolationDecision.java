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

/** The isolation of a scope's builds, decided from the preflights of the namespace. */
public sealed interface IsolationDecision {

    /** Builds run in this form. */
    record Chosen(IsolationForm found, StatusReason why) implements IsolationDecision {}

    /** No run waits for an isolation. */
    record NotNeeded() implements IsolationDecision {}

    /** The preflights have not finished. */
    record Open(StatusReason why) implements IsolationDecision {}

    /** Builds cannot run until a user or administrator changes something. */
    record Refused(StatusReason why) implements IsolationDecision {}

    default Optional<IsolationForm> form() {
        return switch (this) {
            case Chosen chosen -> Optional.of(chosen.found);
            case NotNeeded _, Open _, Refused _ -> Optional.empty();
        };
    }

    /**
     * Returns the forms that may be used, in the order of their preflights. The policy's rule comes before the
     * installation's. A form that a rule names gets a preflight too, so that a problem shows before a build starts. Builds
     * of untrusted refs are never privileged unless a rule names that form.
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

    /** Whether the next form gets a preflight. */
    static boolean needsNext(PreflightResult preflight) {
        return preflight.result() instanceof Result.Impossible;
    }

    /**
     * Decides from the preflights of a namespace.
     *
     * @param preflights in the order of {@link #candidates}, up to the first that {@link #needsNext} stops at
     */
    static IsolationDecision of(String namespace, Trust trust, List<PreflightResult> preflights) {
        var message = preflights.stream().map(PreflightResult::message).collect(Collectors.joining("; "));
        var last = preflights.getLast();
        return switch (last.result()) {
            case Result.Possible _ -> new Chosen(last.form(), new StatusReason(possible(last.form()), message));
            case Result.Delayed(StatusReason why) -> new Open(new StatusReason(why.reason(), message));
            case Result.Hindered(StatusReason why) -> new Refused(new StatusReason(why.reason(), message));
            case Result.Impossible _ -> new Refused(refusal(namespace, trust, preflights, message));
        };
    }

    private static Reason possible(IsolationForm form) {
        return switch (form) {
            case UserNamespace -> Reason.UserNamespacePossible;
            case Rootless -> Reason.RootlessPossible;
            case Privileged -> Reason.PrivilegedPossible;
        };
    }

    private static String remedy(Trust trust, List<PreflightResult> preflights) {
        return trust == Trust.Trusted || preflights.getLast().form() == IsolationForm.Privileged
                ? ""
                : ". Builds of untrusted refs run as root of their node only if an administrator allows it: enable user"
                        + " namespaces or rootless builds on the nodes, or set isolation: Privileged in a CachePolicy that"
                        + " this pipeline follows, and run its builds on separate nodes";
    }

    private static StatusReason refusal(
            String namespace, Trust trust, List<PreflightResult> preflights, String message) {
        var byPodSecurity = preflights.stream()
                .allMatch(preflight -> preflight.result() instanceof Result.Impossible(StatusReason why)
                        && why.reason() == Reason.PodSecurityViolation);
        return byPodSecurity
                ? new StatusReason(
                        Reason.PodSecurityViolation,
                        "namespace " + namespace + " does not admit build pods: give it the label"
                                + " pod-security.kubernetes.io/enforce=privileged. " + message)
                : new StatusReason(
                        Reason.IsolationUnavailable,
                        "builds cannot run in namespace " + namespace + ". " + message + remedy(trust, preflights));
    }
}
