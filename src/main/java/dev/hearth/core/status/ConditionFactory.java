package dev.hearth.core.status;

import dev.hearth.api.Condition;
import dev.hearth.api.ConditionType;
import dev.hearth.api.Reason;
import dev.hearth.core.text.Text;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/**
 * Creates the conditions that all of Hearth's resources have, as kstatus reads them: {@code Ready} when the work is done,
 * {@code Reconciling} while it goes on, and {@code Stalled} when it cannot continue without a change.
 */
public record ConditionFactory(List<Condition> before, long generation, Instant now) {
    private static final int MAX_MESSAGE = 1024;

    public List<Condition> ready(StatusReason why) {
        return List.of(
                condition(ConditionType.Ready, "True", why),
                condition(ConditionType.Reconciling, "False", why),
                condition(ConditionType.Stalled, "False", why));
    }

    public List<Condition> reconciling(StatusReason why) {
        return List.of(
                condition(ConditionType.Ready, "False", why),
                condition(ConditionType.Reconciling, "True", why),
                condition(ConditionType.Stalled, "False", why));
    }

    public List<Condition> stalled(StatusReason why) {
        return List.of(
                condition(ConditionType.Ready, "False", why),
                condition(ConditionType.Reconciling, "False", why),
                condition(ConditionType.Stalled, "True", why));
    }

    /** Returns what a resource that is reconciling waits for. Empty if it is not reconciling. */
    public static Optional<StatusReason> awaited(List<Condition> conditions) {
        return find(conditions, ConditionType.Reconciling)
                .filter(condition -> condition.status().equals("True"))
                .map(ConditionFactory::finding);
    }

    /** Returns the condition of a type. Empty if there is none. */
    public static Optional<Condition> find(List<Condition> conditions, ConditionType type) {
        return conditions.stream().filter(it -> it.type().equals(type.name())).findFirst();
    }

    /** Returns reason and message of a condition. A reason of another version is {@link Reason#Unrecognized}. */
    public static StatusReason finding(Condition condition) {
        return new StatusReason(Reason.parse(condition.reason()).orElse(Reason.Unrecognized), condition.message());
    }

    /** Creates a condition. Its transition time changes only with its status. */
    public Condition condition(ConditionType type, String status, StatusReason why) {
        var since = find(before, type)
                .filter(it -> it.status().equals(status))
                .map(Condition::lastTransitionTime)
                .orElseGet(() -> now.truncatedTo(ChronoUnit.SECONDS).toString());
        return new Condition(
                type.name(),
                status,
                why.reason().name(),
                Text.abbreviate(why.message(), MAX_MESSAGE),
                since,
                generation);
    }
}
