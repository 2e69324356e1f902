package dev.hearth.core.status;

import dev.hearth.api.Condition;
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
                condition("Ready", "True", why),
                condition("Reconciling", "False", why),
                condition("Stalled", "False", why));
    }

    public List<Condition> reconciling(StatusReason why) {
        return List.of(
                condition("Ready", "False", why),
                condition("Reconciling", "True", why),
                condition("Stalled", "False", why));
    }

    public List<Condition> stalled(StatusReason why) {
        return List.of(
                condition("Ready", "False", why),
                condition("Reconciling", "False", why),
                condition("Stalled", "True", why));
    }

    /** What something that is on its way waits for. */
    public static Optional<StatusReason> awaited(List<Condition> conditions) {
        return find(conditions, "Reconciling")
                .filter(condition -> condition.status().equals("True"))
                .map(ConditionFactory::finding);
    }

    /** The condition of one type: of each there is one at most. */
    public static Optional<Condition> find(List<Condition> conditions, String type) {
        return conditions.stream().filter(it -> it.type().equals(type)).findFirst();
    }

    /** What a condition says. */
    public static StatusReason finding(Condition condition) {
        return new StatusReason(condition.reason(), condition.message());
    }

    /** One condition, whose transition time stays while its status does. */
    public Condition condition(String type, String status, StatusReason why) {
        var since = find(before, type)
                .filter(it -> it.status().equals(status))
                .map(Condition::lastTransitionTime)
                .orElseGet(() -> now.truncatedTo(ChronoUnit.SECONDS).toString());
        return new Condition(type, status, why.reason(), shortened(why.message()), since, generation);
    }

    private static String shortened(String message) {
        return message.length() <= LONGEST_MESSAGE ? message : message.substring(0, LONGEST_MESSAGE - 1) + "…";
    }
}
