package dev.hearth.core.isolation;

import dev.hearth.api.Condition;
import dev.hearth.api.ConditionType;
import dev.hearth.api.Reason;
import dev.hearth.core.status.ConditionFactory;
import dev.hearth.core.status.StatusReason;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/** Whether one pod of a run's tasks has a user namespace of its own. */
public sealed interface UserNamespaceUse {
    /** Its type among a run's conditions. */
    ConditionType CONDITION = ConditionType.UserNamespaces;

    /** It is not asked of this pod: it is of Windows, or privileged. */
    record Inapplicable() implements UserNamespaceUse {}

    /** It has one. */
    record Own() implements UserNamespaceUse {}

    /**
     * It has none: its users are those of the node.
     *
     * @param certain whether it is known that it could have none
     */
    record Shared(boolean certain, StatusReason why) implements UserNamespaceUse {}

    /** It is not created before it is known. */
    record Awaited(StatusReason why) implements UserNamespaceUse {}

    /** It is not created at all. */
    record Refused(StatusReason why) implements UserNamespaceUse {}

    /** Whether the pod may be created now. */
    default boolean startsPod() {
        return switch (this) {
            case Inapplicable _, Own _, Shared _ -> true;
            case Awaited _, Refused _ -> false;
        };
    }

    /**
     * What a run's status says: the worst that holds for a pod that the run has started. Empty while it has started none.
     *
     * @param now of the pods that are started now; what was said before still holds
     */
    static Optional<Condition> condition(ConditionFactory words, Collection<UserNamespaceUse> now) {
        return Stream.concat(
                        ConditionFactory.find(words.before(), CONDITION)
                                .map(it -> words.condition(CONDITION, it.status(), ConditionFactory.finding(it)))
                                .stream(),
                        now.stream().flatMap(use -> use.condition(words).stream()))
                .min(Comparator.comparingInt(UserNamespaceUse::order));
    }

    /** The worst first: what a run has done once is not made better by a later pod. */
    private static int order(Condition condition) {
        return switch (condition.status()) {
            case "True" -> 2;
            case "Unknown" -> 1;
            default -> 0;
        };
    }

    private Optional<Condition> condition(ConditionFactory words) {
        return switch (this) {
            case Own _ ->
                Optional.of(words.condition(
                        CONDITION,
                        "True",
                        new StatusReason(
                                Reason.UserNamespacesUsed,
                                "pods of tasks have a user namespace of their own: root in them is a user without rights"
                                        + " on the node")));
            case Shared(boolean certain, StatusReason why) ->
                Optional.of(words.condition(CONDITION, certain ? "False" : "Unknown", why));
            case Refused(StatusReason why) -> Optional.of(words.condition(CONDITION, "False", why));
            case Awaited _, Inapplicable _ -> Optional.empty();
        };
    }
}
