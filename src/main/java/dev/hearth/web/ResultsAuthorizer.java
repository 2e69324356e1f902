package dev.hearth.web;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.hearth.audit.AuditEvent;
import dev.hearth.audit.AuditEvent.Outcome;
import dev.hearth.audit.AuditLog;
import dev.hearth.cluster.UserAccess;
import io.fabric8.kubernetes.client.KubernetesClientException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.commons.codec.digest.DigestUtils;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a user may read the results of a run, by asking the API server. Its answers are cached for 30 s. A
 * user who may not read a run does not learn whether the run exists.
 */
@ApplicationScoped
public class ResultsAuthorizer {
    private static final Logger LOG = Logger.getLogger(ResultsAuthorizer.class);
    private static final String SCHEME = "Bearer ";
    private static final Duration CACHED_FOR = Duration.ofSeconds(30);
    private static final int CACHED_ANSWERS = 1000;
    /**
     * Limit for concurrent reviews: every pod of the cluster can send requests, which must not overload the API server.
     */
    private static final int AT_ONCE = 8;

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /** Answers whether the user of a token may read a run. */
    interface AccessReview {
        UserAccess.Answer ask(String token, String namespace, String run);
    }

    private final AccessReview access;
    private final AuditLog audit;
    private final String audience;
    private final Cache<Question, UserAccess.Answer> answers = Caffeine.newBuilder()
            .expireAfterWrite(CACHED_FOR)
            .maximumSize(CACHED_ANSWERS)
            .build();
    private final Semaphore turns = new Semaphore(AT_ONCE);

    @Inject
    public ResultsAuthorizer(UserAccess access, AuditLog audit) {
        this(access::mayReadResults, access.audience(), audit);
    }

    ResultsAuthorizer(AccessReview access, String audience, AuditLog audit) {
        this.access = access;
        this.audience = audience;
        this.audit = audit;
    }

    /**
     * Returns why a request is refused. Empty if it is allowed. The audit log records both if the user is known.
     *
     * @param authorization the header of that name; null if the request has none
     * @param path path and query of the request
     */
    Optional<HttpRefusal> refuse(@Nullable String authorization, String namespace, String run, String path) {
        var token = Optional.ofNullable(authorization)
                .filter(header -> header.regionMatches(true, 0, SCHEME, 0, SCHEME.length()))
                .map(header -> header.substring(SCHEME.length()).strip())
                .filter(text -> !text.isEmpty());
        if (token.isEmpty()) {
            return Optional.of(HttpRefusal.noToken(audience));
        }
        try {
            return switch (answer(token.get(), namespace, run)) {
                case UserAccess.Answer.Allowed(var user) -> {
                    audit.record(read(user, namespace, run, Outcome.Done, path));
                    yield Optional.empty();
                }
                case UserAccess.Answer.Forbidden(var user) -> {
                    audit.record(read(user, namespace, run, Outcome.Forbidden, path));
                    yield Optional.of(HttpRefusal.forbidden(namespace));
                }
                case UserAccess.Answer.Unknown() -> Optional.of(HttpRefusal.unknownToken(audience));
            };
        } catch (KubernetesClientException e) {
            LOG.warnf("cannot check the access to run %s/%s: %s", namespace, run, e.getMessage());
            return Optional.of(HttpRefusal.BUSY);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of(HttpRefusal.BUSY);
        }
    }

    private static AuditEvent read(String user, String namespace, String run, Outcome outcome, String path) {
        return new AuditEvent(AuditEvent.Action.ResultsRead, Optional.of(user), namespace, run, outcome, path);
    }

    private UserAccess.Answer answer(String token, String namespace, String run) throws InterruptedException {
        var question = new Question(DigestUtils.sha256Hex(token), namespace, run); // no token stays in memory
        var known = answers.getIfPresent(question);
        if (known != null) {
            return known;
        }
        if (!turns.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new KubernetesClientException("too many requests at once");
        }
        try {
            var answer = access.ask(token, namespace, run);
            answers.put(question, answer);
            return answer;
        } finally {
            turns.release();
        }
    }

    private record Question(String tokenDigest, String namespace, String run) {}
}
