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
 * The isolation in a scope's status.
 *
 * @param form of the builds; empty until it is decided
 * @param preflight result of the last preflights
 */
public record IsolationStatus(Optional<IsolationForm> form, Optional<PreflightStatus> preflight) {

    /** Returns the isolation in the recorded status, which is null before there is one. */
    public static IsolationStatus of(@Nullable CacheScopeStatus before) {
        var recorded = Optional.ofNullable(before);
        return new IsolationStatus(
                recorded.map(CacheScopeStatus::isolation), recorded.map(CacheScopeStatus::preflight));
    }

    /** Returns this isolation after a decision. */
    public IsolationStatus update(IsolationDecision decision, Instant now) {
        return switch (decision) {
            case IsolationDecision.NotNeeded _, IsolationDecision.Open _ -> this;
            case IsolationDecision.Chosen(IsolationForm found, StatusReason why) -> {
                var known = preflight.filter(
                        it -> found == it.found() && why.message().equals(it.message()));
                yield new IsolationStatus(Optional.of(found), known.or(() -> Optional.of(preflight(now, found, why))));
            }
            // The time always changes, since it shows the waiting runs that the preflights ran again for them.
            case IsolationDecision.Refused(StatusReason why) ->
                new IsolationStatus(form, Optional.of(preflight(now, null, why)));
        };
    }

    /** Returns why no build can run; empty if the last preflights found a form. */
    public Optional<StatusReason> refusal() {
        return preflight.filter(it -> it.found() == null).map(IsolationStatus::finding);
    }

    /** Returns the reason and message of recorded preflights. */
    public static StatusReason finding(PreflightStatus preflight) {
        return new StatusReason(Reason.parse(preflight.reason()).orElse(Reason.Unrecognized), preflight.message());
    }

    /**
     * Returns a scope's conditions. Isolated shows the guarantee of the form, and why it is not a stronger form.
     *
     * @param ready the reason of Ready if nothing is wrong
     */
    public List<Condition> conditions(ConditionFactory factory, IsolationDecision decision, StatusReason ready) {
        var state = decision instanceof IsolationDecision.Open(StatusReason why)
                ? factory.reconciling(why)
                : refusal().map(factory::stalled).orElseGet(() -> factory.ready(ready));
        var isolated = form.map(it -> factory.condition(
                ConditionType.Isolated,
                IsolationGuarantee.of(it).full() ? "True" : "False",
                new StatusReason(reason(it), message(it))));
        return Stream.concat(state.stream(), isolated.stream()).toList();
    }

    /** Returns the event for a change of the isolation; empty if nothing changed. */
    public Optional<StatusReason> change(IsolationStatus before) {
        var same = before.preflight().map(PreflightStatus::reason).equals(preflight.map(PreflightStatus::reason))
                && before.form().equals(form);
        return same
                ? Optional.empty()
                : refusal().or(() -> form.map(it -> new StatusReason(Reason.IsolationFound, message(it))));
    }

    /** Whether builds can run, and in a form with the full guarantee. */
    public boolean isFullyIsolated() {
        return refusal().isEmpty()
                && form.filter(it -> IsolationGuarantee.of(it).full()).isPresent();
    }

    private String message(IsolationForm it) {
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
