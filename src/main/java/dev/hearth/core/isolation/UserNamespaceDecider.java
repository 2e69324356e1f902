package dev.hearth.core.isolation;

import dev.hearth.api.Reason;
import dev.hearth.api.UserNamespaceMode;
import dev.hearth.core.isolation.PreflightResult.Result;
import dev.hearth.core.status.StatusReason;
import java.util.Optional;

/**
 * All that decides whether the pods of a run's tasks have user namespaces of their own.
 *
 * @param trial what came of a pod without volumes, in the default runtime; empty while it is tried
 * @param claimsMapped whether builds of this ref, or of those that it starts from, have isolation UserNamespace, so that their
 *     pods mount claims in one: only a file system that can map users takes that
 */
public record UserNamespaceDecider(UserNamespaceMode rule, Optional<Result> trial, boolean claimsMapped) {
    /** Where nothing is known, pods wait. */
    public static final UserNamespaceDecider UNKNOWN =
            new UserNamespaceDecider(UserNamespaceMode.Auto, Optional.empty(), false);

    private static final String WITHOUT = "pods of tasks have no user namespace of their own: ";

    private static final String WHERE =
            " in pods of the CachePolicy that the pipeline follows, or of the Helm chart's values";

    /** What a pod has that the trial's pod has not. */
    public enum Feature {
        None,
        /** A volume claim, whose file system may be unable to map users. */
        Claim,
        /** A runtime class, whose runtime may be unable to make user namespaces. */
        RuntimeClass,
        /** A user above those that a user namespace of Kubernetes has. */
        HighUser
    }

    /** What holds for a pod. */
    public UserNamespaceUse decide(Feature feature) {
        if (rule == UserNamespaceMode.Never) {
            return shared(Reason.UserNamespacesDisabled, "userNamespaces is Never" + WHERE);
        }
        return trial.map(result -> rule == UserNamespaceMode.Always ? always(result, feature) : auto(result, feature))
                .orElseGet(() -> awaited("a trial shows whether the pod can have a user namespace"));
    }

    private UserNamespaceUse auto(Result result, Feature feature) {
        return switch (result) {
            case Result.Possible _ -> possible(feature);
            case Result.Impossible(StatusReason why) ->
                shared(
                        Reason.UserNamespacesUnsupported,
                        "a trial in the namespace failed: " + why.message()
                                + ". Nodes need Kubernetes 1.33 with containerd 2 and runc 1.2, and admission must allow"
                                + " hostUsers: false");
            case Result.Delayed(StatusReason why) -> untried(why);
            case Result.Hindered(StatusReason why) -> untried(why);
        };
    }

    private UserNamespaceUse possible(Feature feature) {
        return switch (feature) {
            case None -> new UserNamespaceUse.Own();
            case Claim ->
                claimsMapped
                        ? new UserNamespaceUse.Own()
                        : shared(
                                Reason.VolumeSupportUnknown,
                                "those that mount a volume claim, since no build of the ref has run in isolation"
                                        + " UserNamespace, which would show that the file system can map users. If it can,"
                                        + " set userNamespaces: Always" + WHERE);
            case RuntimeClass ->
                shared(
                        Reason.RuntimeSupportUnknown,
                        "those with a runtimeClassName, since the default runtime alone is tried. If theirs can make user"
                                + " namespaces, set userNamespaces: Always" + WHERE);
            case HighUser ->
                shared(Reason.UserIdTooHigh, "those with a user above 65535, which a user namespace does not have");
        };
    }

    private static UserNamespaceUse always(Result result, Feature feature) {
        return switch (result) {
            case Result.Possible _ ->
                feature == Feature.HighUser
                        ? refused(
                                "a user namespace has no user above 65535: choose a lower user for the task and its services")
                        : new UserNamespaceUse.Own();
            case Result.Impossible(StatusReason why) -> refused("a trial in the namespace failed: " + why.message());
            case Result.Hindered(StatusReason why) -> unknown(why);
            case Result.Delayed(StatusReason why) -> unknown(why);
        };
    }

    private static UserNamespaceUse unknown(StatusReason why) {
        return awaited("the pod must have a user namespace, and whether that is possible could not be tried yet: "
                + why.message());
    }

    private static UserNamespaceUse untried(StatusReason why) {
        return new UserNamespaceUse.Shared(
                false,
                new StatusReason(
                        Reason.UserNamespacesUnchecked,
                        WITHOUT + "it could not be tried whether that is possible: " + why.message()
                                + ". Later pods try again; with userNamespaces: Always they wait"));
    }

    private static UserNamespaceUse shared(Reason reason, String message) {
        return new UserNamespaceUse.Shared(true, new StatusReason(reason, WITHOUT + message));
    }

    private static UserNamespaceUse awaited(String message) {
        return new UserNamespaceUse.Awaited(new StatusReason(Reason.CheckingUserNamespaces, message));
    }

    private static UserNamespaceUse refused(String message) {
        return new UserNamespaceUse.Refused(new StatusReason(
                Reason.UserNamespaceRequired,
                "a pod of a task must have a user namespace of its own and cannot: " + message
                        + ". Make user namespaces possible on the nodes and in the namespace, or set userNamespaces: Auto"
                        + WHERE));
    }
}
