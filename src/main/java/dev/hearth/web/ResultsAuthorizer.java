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

/**
 * Lets users read a run's logs if the API server allows it; its answer is cached for 30 s. A refused user does not even learn
 * whether the run exists.
 */
@ApplicationScoped
public class ResultsAuthorizer {
    private static final Logger LOG = Logger.getLogger(ResultsAuthorizer.class);
    private static final String SCHEME = "Bearer ";
    private static final Duration HOLDS = Duration.ofSeconds(30);
    private static final int ANSWERS = 1000;
    /** Anybody in the cluster can knock; the API server does not have to hear it from all of them at once. */
    private static final int AT_ONCE = 8;

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /** Answers whether a token's owner may read a run. */
    interface AccessReview {
        UserAccess.Answer ask(String token, String namespace, String run);
    }

    private final AccessReview judge;
    private final AuditLog audit;
    private final String audience;
    private final Cache<Question, UserAccess.Answer> answers =
            Caffeine.newBuilder().expireAfterWrite(HOLDS).maximumSize(ANSWERS).build();
    private final Semaphore turns = new Semaphore(AT_ONCE);

    @Inject
    public ResultsAuthorizer(UserAccess access, AuditLog audit) {
        this(access::mayReadResults, access.audience(), audit);
    }

    ResultsAuthorizer(AccessReview judge, String audience, AuditLog audit) {
        this.judge = judge;
        this.audience = audience;
        this.audit = audit;
    }

    /**
     * Why a request is not let through; empty if it is. Recorded for both where the user is known.
     *
     * @param what is asked for of the run
     */
    Optional<HttpRefusal> refuse(Optional<String> authorization, String namespace, String run, String what) {
        var token = authorization
                .filter(header -> header.regionMatches(true, 0, SCHEME, 0, SCHEME.length()))
                .map(header -> header.substring(SCHEME.length()).strip())
                .filter(text -> !text.isEmpty());
        if (token.isEmpty()) {
            return Optional.of(HttpRefusal.noToken(audience));
        }
        try {
            return switch (answer(token.get(), namespace, run)) {
                case UserAccess.Answer.Allowed(var user) -> {
                    audit.record(read(user, namespace, run, Outcome.Done, what));
                    yield Optional.empty();
                }
                case UserAccess.Answer.Forbidden(var user) -> {
                    audit.record(read(user, namespace, run, Outcome.Forbidden, what));
                    yield Optional.of(HttpRefusal.forbidden(namespace));
                }
                case UserAccess.Answer.Unknown() -> Optional.of(HttpRefusal.unknownToken(audience));
            };
        } catch (KubernetesClientException e) {
            LOG.warnf("access to run %s/%s cannot be checked: %s", namespace, run, e.getMessage());
            return Optional.of(HttpRefusal.BUSY);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of(HttpRefusal.BUSY);
        }
    }

    private static AuditEvent read(String user, String namespace, String run, Outcome outcome, String what) {
        return new AuditEvent(AuditEvent.Action.ResultsRead, Optional.of(user), namespace, run, outcome, what);
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
            var answer = judge.ask(token, namespace, run);
            answers.put(question, answer);
            return answer;
        } finally {
            turns.release();
        }
    }

    private record Question(String tokenDigest, String namespace, String run) {}
}
