package dev.hearth.core.status;

import dev.hearth.api.Condition;
import dev.hearth.api.ConditionType;
import dev.hearth.api.Reason;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/**
 * The conditions that every kind of Hearth has, as kstatus reads them: finished well is {@code Ready}, on its way is
 * {@code Reconciling}, and only {@code Stalled} means that it needs a person.
 */
public record ConditionFactory(List<Condition> before, long generation, Instant now) {
    private static final int LONGEST_MESSAGE = 1024;

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

    /** What something that is on its way waits for. */
    public static Optional<StatusReason> awaited(List<Condition> conditions) {
        return find(conditions, ConditionType.Reconciling)
                .filter(condition -> condition.status().equals("True"))
                .map(ConditionFactory::finding);
    }

    /** The condition of one type: of each there is one at most. */
    public static Optional<Condition> find(List<Condition> conditions, ConditionType type) {
        return conditions.stream().filter(it -> it.type().equals(type.name())).findFirst();
    }

    /** What a condition says; another version may have written it. */
    public static StatusReason finding(Condition condition) {
        return new StatusReason(Reason.parse(condition.reason()).orElse(Reason.Unrecognized), condition.message());
    }

    /** One condition, whose transition time stays while its status does. */
    public Condition condition(ConditionType type, String status, StatusReason why) {
        var since = find(before, type)
                .filter(it -> it.status().equals(status))
                .map(Condition::lastTransitionTime)
                .orElseGet(() -> now.truncatedTo(ChronoUnit.SECONDS).toString());
        return new Condition(type.name(), status, why.reason().name(), shortened(why.message()), since, generation);
    }

    private static String shortened(String message) {
        return message.length() <= LONGEST_MESSAGE ? message : message.substring(0, LONGEST_MESSAGE - 1) + "…";
    }
}
