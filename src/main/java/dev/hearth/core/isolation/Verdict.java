package dev.hearth.core.isolation;

import dev.hearth.api.Isolation;
import dev.hearth.api.IsolationRule;
import dev.hearth.api.Trust;
import dev.hearth.core.diagnosis.Finding;
import dev.hearth.core.isolation.Trial.Result;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** What follows from the trials of a namespace. */
public sealed interface Verdict {

    /** Builds have this form. */
    record Chosen(Isolation found, Finding why) implements Verdict {}

    /** No run waits for one. */
    record Unasked() implements Verdict {}

    /** Not known yet. */
    record Open(Finding why) implements Verdict {}

    /** Builds cannot run until somebody changes something. */
    record Refused(Finding why) implements Verdict {}

    default Optional<Isolation> form() {
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
    static List<Isolation> candidates(IsolationRule policy, IsolationRule installation, Trust trust) {
        return switch (policy == IsolationRule.Auto ? installation : policy) {
            case Auto ->
                switch (trust) {
                    case Trusted -> List.of(Isolation.UserNamespace, Isolation.Rootless, Isolation.Privileged);
                    case Untrusted -> List.of(Isolation.UserNamespace, Isolation.Rootless);
                };
            case UserNamespace -> List.of(Isolation.UserNamespace);
            case Rootless -> List.of(Isolation.Rootless);
            case Privileged -> List.of(Isolation.Privileged);
        };
    }

    /** Whether the next form is to be tried. */
    static boolean goesOn(Trial trial) {
        return trial.result() instanceof Result.Impossible;
    }

    /** The verdict on trials in the order of their forms, of which the last decides. */
    static Verdict of(String namespace, Trust trust, List<Trial> trials) {
        var words = trials.stream().map(Trial::words).collect(Collectors.joining("; "));
        var last = trials.getLast();
        return switch (last.result()) {
            case Result.Possible _ -> new Chosen(last.form(), new Finding(last.form() + "Possible", words));
            case Result.Delayed(Finding why) -> new Open(new Finding(why.reason(), words));
            case Result.Hindered(Finding why) -> new Refused(new Finding(why.reason(), words));
            case Result.Impossible _ -> new Refused(refusal(namespace, trust, trials, words));
        };
    }

    private static String remedy(Trust trust, List<Trial> trials) {
        return trust == Trust.Trusted || trials.getLast().form() == Isolation.Privileged
                ? ""
                : ". Builds of untrusted refs do not become root of their node unless an administrator says so: make user"
                        + " namespaces or rootless builds possible on the nodes, or set isolation: Privileged in a"
                        + " CachePolicy that this pipeline follows, and give its builds nodes of their own";
    }

    private static Finding refusal(String namespace, Trust trust, List<Trial> trials, String words) {
        var byPodSecurity = trials.stream()
                .allMatch(trial -> trial.result() instanceof Result.Impossible(Finding why)
                        && why.reason().equals(Trial.POD_SECURITY));
        return byPodSecurity
                ? new Finding(
                        "PodSecurityRefused",
                        "namespace " + namespace + " does not admit build pods: give it the label"
                                + " pod-security.kubernetes.io/enforce=privileged. " + words)
                : new Finding(
                        "NoIsolationPossible",
                        "builds cannot run in namespace " + namespace + ". " + words + remedy(trust, trials));
    }
}
