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

/** Whether one task pod has its own user namespace. */
public sealed interface UserNamespaceUse {
    /** The pod cannot have one, since it runs on Windows or is privileged. */
    record Inapplicable() implements UserNamespaceUse {}

    /** The pod has one. */
    record Own() implements UserNamespaceUse {}

    /**
     * The pod has none: its users are those of the node.
     *
     * @param certain whether it is known that the pod could not have one
     */
    record Shared(boolean certain, StatusReason why) implements UserNamespaceUse {}

    /** The pod is not created before the preflight has finished. */
    record Awaited(StatusReason why) implements UserNamespaceUse {}

    /** The pod is not created at all. */
    record Refused(StatusReason why) implements UserNamespaceUse {}

    /** Whether the pod may be created now. */
    default boolean startsPod() {
        return switch (this) {
            case Inapplicable _, Own _, Shared _ -> true;
            case Awaited _, Refused _ -> false;
        };
    }

    /**
     * Returns the run's condition: that of its pod with the weakest separation. Empty while the run has started no pod.
     *
     * @param now the pods that the run starts now; earlier ones count by the recorded condition
     */
    static Optional<Condition> condition(ConditionFactory factory, Collection<UserNamespaceUse> now) {
        return Stream.concat(
                        ConditionFactory.find(factory.before(), ConditionType.UserNamespaces)
                                .map(it -> factory.condition(
                                        ConditionType.UserNamespaces, it.status(), ConditionFactory.finding(it)))
                                .stream(),
                        now.stream().flatMap(use -> use.condition(factory).stream()))
                .min(Comparator.comparingInt(UserNamespaceUse::order));
    }

    /** Orders by separation, weakest first. */
    private static int order(Condition condition) {
        return switch (condition.status()) {
            case "True" -> 2;
            case "Unknown" -> 1;
            default -> 0;
        };
    }

    private Optional<Condition> condition(ConditionFactory factory) {
        return switch (this) {
            case Own _ ->
                Optional.of(factory.condition(
                        ConditionType.UserNamespaces,
                        "True",
                        new StatusReason(
                                Reason.UserNamespacesUsed,
                                "task pods have their own user namespaces, in which root is a user without rights on the"
                                        + " node")));
            case Shared(boolean certain, StatusReason why) ->
                Optional.of(factory.condition(ConditionType.UserNamespaces, certain ? "False" : "Unknown", why));
            case Refused(StatusReason why) ->
                Optional.of(factory.condition(ConditionType.UserNamespaces, "False", why));
            case Awaited _, Inapplicable _ -> Optional.empty();
        };
    }
}
