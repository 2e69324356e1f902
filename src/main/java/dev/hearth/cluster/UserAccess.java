package dev.hearth.cluster;

import dev.hearth.api.PipelineRun;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewBuilder;
import io.fabric8.kubernetes.api.model.authentication.UserInfo;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Asks the API server whose a token is and what its owner may do: Hearth has no users and no rights of its own. */
@ApplicationScoped
public class UserAccess {
    private final KubernetesClient client;
    private final List<String> audiences;

    /**
     * Asks by a client.
     *
     * @param audiences for one of which a token has to be made: a token made for another service proves nothing here
     */
    public UserAccess(
            KubernetesClient client,
            @ConfigProperty(name = "hearth.web.audiences", defaultValue = "hearth") List<String> audiences) {
        this.client = client;
        this.audiences = audiences;
    }

    /** The audience to make tokens for. */
    public String audience() {
        return audiences.getFirst();
    }

    /** What the API server says of a request. */
    public sealed interface Answer {
        record Allowed(String user) implements Answer {}

        record Forbidden(String user) implements Answer {}

        /** The token is not valid, or was made for another service. */
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
                        .withAudiences(audiences)
                        .endSpec()
                        .build());
        return Optional.ofNullable(review.getStatus())
                .filter(status -> Boolean.TRUE.equals(status.getAuthenticated()))
                // An authenticator that knows of no audiences names none, and speaks for tokens of any.
                .filter(status -> !Collections.disjoint(status.getAudiences(), audiences))
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
