package dev.hearth.core.isolation;

import dev.hearth.api.CacheScopeStatus;
import dev.hearth.api.Condition;
import dev.hearth.api.ConditionType;
import dev.hearth.api.IsolationForm;
import dev.hearth.api.PreflightStatus;
import dev.hearth.api.Reason;
import dev.hearth.core.status.ConditionFactory;
import dev.hearth.core.status.StatusReason;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a scope's status says of isolation.
 *
 * @param form that builds have, once that is known
 * @param preflight what the last trial showed
 */
public record IsolationStatus(Optional<IsolationForm> form, Optional<PreflightStatus> preflight) {

    /** What was known before. */
    public static IsolationStatus of(Optional<CacheScopeStatus> before) {
        return new IsolationStatus(before.map(CacheScopeStatus::isolation), before.map(CacheScopeStatus::preflight));
    }

    /** With what was found since. */
    public IsolationStatus update(IsolationDecision verdict, Instant now) {
        return switch (verdict) {
            case IsolationDecision.Unasked _, IsolationDecision.Open _ -> this;
            case IsolationDecision.Chosen(IsolationForm found, StatusReason why) -> {
                var known = preflight.filter(
                        it -> found == it.found() && why.message().equals(it.message()));
                yield new IsolationStatus(Optional.of(found), known.or(() -> Optional.of(preflight(now, found, why))));
            }
            // Always with its time: it is an answer to those runs that wait now.
            case IsolationDecision.Refused(StatusReason why) ->
                new IsolationStatus(form, Optional.of(preflight(now, null, why)));
        };
    }

    /** Why no build can run, if that is what was found last. */
    public Optional<StatusReason> refusal() {
        return preflight.filter(it -> it.found() == null).map(IsolationStatus::finding);
    }

    /** What a trial showed. */
    public static StatusReason finding(PreflightStatus preflight) {
        return new StatusReason(Reason.parse(preflight.reason()).orElse(Reason.Unrecognized), preflight.message());
    }

    /**
     * A scope's conditions: what it waits for or lacks, and as Isolated the guarantee that builds have, with why it is
     * not a stronger one.
     *
     * @param well what there is to say if nothing is wrong
     */
    public List<Condition> conditions(ConditionFactory words, IsolationDecision verdict, StatusReason well) {
        var state = verdict instanceof IsolationDecision.Open(StatusReason why)
                ? words.reconciling(why)
                : refusal().map(words::stalled).orElseGet(() -> words.ready(well));
        var isolated = form.map(it -> words.condition(
                ConditionType.Isolated,
                IsolationGuarantee.of(it).full() ? "True" : "False",
                new StatusReason(reason(it), sentence(it))));
        return Stream.concat(state.stream(), isolated.stream()).toList();
    }

    /** What is worth an event. */
    public Optional<StatusReason> change(IsolationStatus before) {
        var same = before.preflight().map(PreflightStatus::reason).equals(preflight.map(PreflightStatus::reason))
                && before.form().equals(form);
        return same
                ? Optional.empty()
                : refusal().or(() -> form.map(it -> new StatusReason(Reason.IsolationFound, sentence(it))));
    }

    /** Whether the news is good. */
    public boolean isFullyIsolated() {
        return refusal().isEmpty()
                && form.filter(it -> IsolationGuarantee.of(it).full()).isPresent();
    }

    private String sentence(IsolationForm it) {
        return IsolationGuarantee.of(it).message()
                + preflight.map(found -> " (" + found.message() + ")").orElse("");
    }

    private static Reason reason(IsolationForm form) {
        return switch (form) {
            case UserNamespace -> Reason.UserNamespace;
            case Rootless -> Reason.Rootless;
            case Privileged -> Reason.Privileged;
        };
    }

    private static PreflightStatus preflight(Instant now, @Nullable IsolationForm found, StatusReason why) {
        return new PreflightStatus(now.toString(), found, why.reason().name(), why.message());
    }
}
