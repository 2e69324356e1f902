package dev.hearth.cluster;

import dev.hearth.api.PipelineRun;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewBuilder;
import io.fabric8.kubernetes.api.model.authentication.UserInfo;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;

/** Asks the API server whose a token is and what its owner may do: Hearth has no users and no rights of its own. */
@ApplicationScoped
public class Access {
    private final KubernetesClient client;

    public Access(KubernetesClient client) {
        this.client = client;
    }

    /** What the API server says of a request. */
    public sealed interface Answer {
        record Allowed(String user) implements Answer {}

        record Forbidden(String user) implements Answer {}

        /** Nobody is known by the token. */
        record Unknown() implements Answer {}
    }

    /** Whether a token's owner may {@code get} the subresource {@code log} of a run, be there such a run or not. */
    public Answer mayReadResults(String token, String namespace, String run) {
        return user(token)
                .<Answer>map(user -> mayReadResults(user, namespace, run)
                        ? new Answer.Allowed(user.getUsername())
                        : new Answer.Forbidden(user.getUsername()))
                .orElseGet(Answer.Unknown::new);
    }

    private Optional<UserInfo> user(String token) {
        var review = client.tokenReviews()
                .create(new TokenReviewBuilder()
                        .withNewSpec()
                        .withToken(token)
                        .endSpec()
                        .build());
        return Optional.ofNullable(review.getStatus())
                .filter(status -> Boolean.TRUE.equals(status.getAuthenticated()))
                .map(status -> status.getUser());
    }

    private boolean mayReadResults(UserInfo user, String namespace, String run) {
        var review = client.authorization()
                .v1()
                .subjectAccessReview()
                .create(new SubjectAccessReviewBuilder()
                        .withNewSpec()
                        .withUser(user.getUsername())
                        .withUid(user.getUid())
                        .withGroups(user.getGroups())
                        .withExtra(user.getExtra())
                        .withNewResourceAttributes()
                        .withVerb("get")
                        .withGroup(HasMetadata.getGroup(PipelineRun.class))
                        .withResource(HasMetadata.getPlural(PipelineRun.class))
                        .withSubresource("log")
                        .withNamespace(namespace)
                        .withName(run)
                        .endResourceAttributes()
                        .endSpec()
                        .build());
        return Boolean.TRUE.equals(review.getStatus().getAllowed());
    }
}
