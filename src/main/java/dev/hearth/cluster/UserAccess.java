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

/** Asks the API server who the user of a token is and what the user may read. Hearth has no users of its own. */
@ApplicationScoped
public class UserAccess {
    private final KubernetesClient client;
    private final List<String> audiences;

    /**
     * Creates the access review.
     *
     * @param audiences accepted audiences of tokens; a token for another service is not accepted
     */
    public UserAccess(KubernetesClient client, @ConfigProperty(name = "hearth.web.audiences") List<String> audiences) {
        this.client = client;
        this.audiences = audiences;
    }

    /** Returns the audience for which users should create tokens. */
    public String audience() {
        return audiences.getFirst();
    }

    /** The API server's decision about a request. */
    public sealed interface Answer {
        record Allowed(String user) implements Answer {}

        record Forbidden(String user) implements Answer {}

        /** The token is not valid, or was created for another audience. */
        record Unknown() implements Answer {}
    }

    /**
     * Checks whether the user of a token may {@code get} the subresource {@code log} of a run. The run need not exist.
     */
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
                // An authenticator that does not check audiences returns none, and accepts tokens for every audience.
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
