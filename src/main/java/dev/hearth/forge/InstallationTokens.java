package dev.hearth.forge;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.hearth.core.forge.ForgeAddress;
import dev.hearth.http.OutboundRequests;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Tokens of installations of GitHub Apps: each for one repository, with the permissions that Hearth uses. They are kept in
 * memory until shortly before they expire, which is after an hour.
 */
final class InstallationTokens {
    private static final int MOST = 10_000;

    /** Of a token. One that nobody asks for any more does not stay in memory. */
    private static final Duration VALIDITY = Duration.ofHours(1);

    /** A request that begins with a token must be able to end with it. */
    private static final Duration EARLY = Duration.ofMinutes(5);

    private static final Pattern SLUG = Pattern.compile("[A-Za-z0-9-]{1,100}");
    private static final Pattern TOKEN = Pattern.compile("[\\x21-\\x7e]{1,4096}");

    private final Cache<Subject, Installation> known =
            Caffeine.newBuilder().maximumSize(MOST).expireAfterWrite(VALIDITY).build();
    private final Clock clock;

    InstallationTokens(Clock clock) {
        this.clock = clock;
    }

    /** An App at a repository. */
    private record Subject(ForgeAddress address, ForgeCredential.App app) {}

    private record Installation(long id, @Nullable String token, Instant end) {}

    /** Returns the authorization of requests for a repository. */
    Authorization of(ForgeAddress address, ForgeCredential.App app, OutboundRequests requests) {
        var subject = new Subject(address, app);
        return new Authorization() {
            private boolean renewed;

            @Override
            public Map<String, String> headers() throws ForgeException {
                return bearer(token(subject, requests));
            }

            // A token may end early: the App may have been installed anew, or been suspended.
            @Override
            public boolean renew() {
                known.invalidate(subject);
                var first = !renewed;
                renewed = true;
                return first;
            }

            @Override
            public Holder holder() {
                return Holder.Installation;
            }
        };
    }

    private static Map<String, String> bearer(String token) {
        return GitHubCompatible.gitHubHeaders(token);
    }

    private String token(Subject subject, OutboundRequests requests) throws ForgeException {
        var before = known.getIfPresent(subject);
        if (before != null && before.token() != null && clock.instant().isBefore(before.end())) {
            return before.token();
        }
        var api = new ApiConnection(subject.address(), requests, key(subject.app()), clock);
        var installation = before != null ? before.id() : find(api, subject);
        var issued = issue(api, subject, installation);
        known.put(subject, issued);
        return String.valueOf(issued.token());
    }

    private Authorization key(ForgeCredential.App app) {
        return new Authorization() {
            @Override
            public Map<String, String> headers() {
                return bearer(app.key().sign(app.id(), clock.instant()));
            }

            @Override
            public boolean renew() {
                return false;
            }

            @Override
            public Holder holder() {
                return Holder.Key;
            }
        };
    }

    /** Finds the installation of the App that has the repository. */
    private static long find(ApiConnection api, Subject subject) throws ForgeException {
        var address = subject.address();
        var path = "/repos/" + address.repository() + "/installation";
        try {
            var json = api.object(path);
            if (!json.path("id").canConvertToLong()) {
                throw ForgeException.invalid(address);
            }
            if (!json.path("suspended_at").isNull()
                    && !json.path("suspended_at").isMissingNode()) {
                throw ForgeException.suspended(address, subject.app().id());
            }
            if (!AppPermissions.areGranted(json.path("permissions"))) {
                throw ForgeException.lacksPermission(address, subject.app().id());
            }
            return json.path("id").asLong();
        } catch (ForgeException e) {
            throw e.kind() == ForgeException.Kind.NotFound
                    ? ForgeException.notInstalled(address, subject.app().id(), slug(api))
                    : e;
        }
    }

    /** Returns the name of the App in the address of its page. Null if it is not known. */
    private static @Nullable String slug(ApiConnection api) throws ForgeException {
        return api.find("/app")
                .map(app -> app.path("slug").asText())
                .filter(slug -> SLUG.matcher(slug).matches())
                .orElse(null);
    }

    private Installation issue(ApiConnection api, Subject subject, long installation) throws ForgeException {
        var address = subject.address();
        var repository = address.repository().substring(address.repository().indexOf('/') + 1);
        var fields = Map.of("repositories", List.of(repository), "permissions", AppPermissions.REQUESTED);
        try {
            var answer = api.post("/app/installations/" + installation + "/access_tokens", fields);
            if (answer.isRefusal()) {
                throw ForgeException.lacksPermission(address, subject.app().id());
            }
            var token = answer.json().path("token").asText();
            var end = ApiConnection.time(answer.json().path("expires_at"));
            if (end.isEmpty() || !TOKEN.matcher(token).matches()) {
                throw ForgeException.invalid(address);
            }
            return new Installation(installation, token, end.get().minus(EARLY));
        } catch (ForgeException e) {
            known.invalidate(subject); // the next attempt looks whether it is still installed, and says what is wrong
            throw e;
        }
    }
}
