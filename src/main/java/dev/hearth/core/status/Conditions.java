package dev.hearth.core.status;

import dev.hearth.api.Condition;
import dev.hearth.core.diagnosis.Finding;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/**
 * The conditions that every kind of Hearth has, as kstatus reads them: finished well is {@code Ready}, on its way is
 * {@code Reconciling}, and only {@code Stalled} means that it needs a person.
 */
public record Conditions(List<Condition> before, long generation, Instant now) {
    private static final int LONGEST_MESSAGE = 1024;

    public List<Condition> ready(Finding why) {
        return List.of(
                condition("Ready", "True", why),
                condition("Reconciling", "False", why),
                condition("Stalled", "False", why));
    }

    public List<Condition> reconciling(Finding why) {
        return List.of(
                condition("Ready", "False", why),
                condition("Reconciling", "True", why),
                condition("Stalled", "False", why));
    }

    /** What something that is on its way waits for. */
    public static Optional<Finding> reconciling(List<Condition> conditions) {
        return conditions.stream()
                .filter(condition -> condition.type().equals("Reconciling")
                        && condition.status().equals("True"))
                .findFirst()
                .map(condition -> new Finding(condition.reason(), condition.message()));
    }

    public List<Condition> stalled(Finding why) {
        return List.of(
                condition("Ready", "False", why),
                condition("Reconciling", "False", why),
                condition("Stalled", "True", why));
    }

    /** One condition, whose transition time stays while its status does. */
    public Condition condition(String type, String status, Finding why) {
        var since = find(type)
                .filter(it -> it.status().equals(status))
                .map(Condition::lastTransitionTime)
                .orElseGet(() -> now.truncatedTo(ChronoUnit.SECONDS).toString());
        return new Condition(type, status, why.reason(), shortened(why.message()), since, generation);
    }

    private Optional<Condition> find(String type) {
        return before.stream().filter(it -> it.type().equals(type)).findFirst();
    }

    private static String shortened(String message) {
        return message.length() <= LONGEST_MESSAGE ? message : message.substring(0, LONGEST_MESSAGE - 1) + "…";
    }
}
