package dev.hearth.core.isolation;

import dev.hearth.api.Reason;
import dev.hearth.api.UserNamespaceMode;
import dev.hearth.core.isolation.PreflightResult.Result;
import dev.hearth.core.status.StatusReason;
import java.util.Optional;

/**
 * Decides whether a task pod has its own user namespace.
 *
 * @param rule of the policy or the installation
 * @param preflight result of a pod without volumes in the default runtime; empty while it runs
 * @param claimsMapped whether builds of this ref or its seed refs have isolation UserNamespace. Their pods then mount claims
 *     in a user namespace, which shows that the file system can map users.
 */
public record UserNamespaceDecider(UserNamespaceMode rule, Optional<Result> preflight, boolean claimsMapped) {
    /** Nothing is known yet, so pods wait. */
    public static final UserNamespaceDecider UNKNOWN =
            new UserNamespaceDecider(UserNamespaceMode.Auto, Optional.empty(), false);

    private static final String WITHOUT = "task pods have no user namespace of their own: ";

    private static final String WHERE =
            " in pods of the CachePolicy that the pipeline follows, or of the Helm chart's values";

    /** What a task pod has and the preflight's pod does not have. */
    public enum Feature {
        None,
        /** A volume claim, whose file system may be unable to map users. */
        Claim,
        /** A runtime class, whose runtime may be unable to create user namespaces. */
        RuntimeClass,
        /** A user id above those of a user namespace of Kubernetes. */
        HighUser
    }

    /** Decides for a pod with that feature. */
    public UserNamespaceUse decide(Feature feature) {
        if (rule == UserNamespaceMode.Never) {
            return shared(Reason.UserNamespacesDisabled, "userNamespaces is Never" + WHERE);
        }
        return preflight
                .map(result -> rule == UserNamespaceMode.Always ? always(result, feature) : auto(result, feature))
                .orElseGet(() -> awaited("checking whether task pods can have a user namespace"));
    }

    private UserNamespaceUse auto(Result result, Feature feature) {
        return switch (result) {
            case Result.Possible _ -> possible(feature);
            case Result.Impossible(StatusReason why) ->
                shared(
                        Reason.UserNamespacesUnsupported,
                        "the preflight in the namespace failed: " + why.message()
                                + ". Nodes need Kubernetes 1.33 with containerd 2 and runc 1.2, and admission must allow"
                                + " hostUsers: false");
            case Result.Delayed(StatusReason why) -> unchecked(why);
            case Result.Hindered(StatusReason why) -> unchecked(why);
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
                                "they mount a volume claim, and no build of the ref has shown with isolation UserNamespace"
                                        + " that its file system can map users. If it can, set userNamespaces: Always"
                                        + WHERE);
            case RuntimeClass ->
                shared(
                        Reason.RuntimeSupportUnknown,
                        "they have a runtimeClassName, and the preflight checks only the default runtime. If their runtime"
                                + " can create user namespaces, set userNamespaces: Always" + WHERE);
            case HighUser ->
                shared(Reason.UserIdTooHigh, "they have a user id above 65535, which a user namespace does not have");
        };
    }

    private static UserNamespaceUse always(Result result, Feature feature) {
        return switch (result) {
            case Result.Possible _ ->
                feature == Feature.HighUser
                        ? refused(
                                "a user namespace has no user id above 65535: choose a lower user for the task and its services")
                        : new UserNamespaceUse.Own();
            case Result.Impossible(StatusReason why) ->
                refused("the preflight in the namespace failed: " + why.message());
            case Result.Hindered(StatusReason why) -> unknown(why);
            case Result.Delayed(StatusReason why) -> unknown(why);
        };
    }

    private static UserNamespaceUse unknown(StatusReason why) {
        return awaited(
                "task pods must have a user namespace, and it could not be checked yet whether that is possible: "
                        + why.message());
    }

    private static UserNamespaceUse unchecked(StatusReason why) {
        return new UserNamespaceUse.Shared(
                false,
                new StatusReason(
                        Reason.UserNamespacesUnchecked,
                        WITHOUT + "it could not be checked whether that is possible: " + why.message()
                                + ". The check runs again for later pods; with userNamespaces: Always pods wait for it"));
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
                "a task pod must have its own user namespace and cannot: " + message
                        + ". Enable user namespaces on the nodes and in the namespace, or set userNamespaces: Auto"
                        + WHERE));
    }
}
