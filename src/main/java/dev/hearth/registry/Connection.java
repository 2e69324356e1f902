package dev.hearth.registry;

import java.util.UUID;
import land.oras.ContainerRef;
import land.oras.auth.AuthProvider;
import land.oras.auth.HttpClient;
import land.oras.auth.HttpClient.ResponseWrapper;
import land.oras.auth.NoAuthProvider;
import land.oras.auth.Scope;
import land.oras.auth.Scopes;
import land.oras.auth.UsernamePasswordProvider;
import land.oras.exception.OrasException;
import org.jspecify.annotations.Nullable;

/** One repository, and the user as whom it is talked to. */
record Connection(HttpClient client, Repository repository, boolean insecure, boolean anonymous, AuthProvider user) {
    private static final int CONNECT_SECONDS = 10;

    static Connection of(Repository repository, @Nullable Credentials credentials, boolean insecure) {
        return new Connection(
                Shared.CLIENT,
                repository,
                insecure,
                credentials == null,
                credentials == null
                        ? new NoAuthProvider()
                        : new UsernamePasswordProvider(credentials.username(), credentials.password()));
    }

    /**
     * ORAS keeps tokens for the whole process, by registry and repository and not by user. Under a name that is used once,
     * nobody pushes with a token that somebody else's password was given for; nor does ORAS show a token of before, in place
     * of the password, to the server that gives tokens.
     */
    Scopes unshared() {
        return scopes();
    }

    /**
     * For the two requests of one upload: the second finds the token that the first was given, under what registries ask for
     * before a push, so that no file is sent only to hear that a token is wanted.
     */
    Scopes ofUpload() {
        return scopes(Scope.PULL, Scope.PUSH);
    }

    private Scopes scopes(Scope... scopes) {
        return Scopes.of(ContainerRef.parse(UUID.randomUUID() + ".invalid/" + repository.path()), scopes);
    }

    void check(ResponseWrapper<?> response, String body) throws RegistryException {
        // Whatever is no success, a redirect that was not taken as well.
        if (!isSuccess(response)) {
            throw RegistryException.of(repository, anonymous, response.statusCode(), body);
        }
    }

    static boolean isSuccess(ResponseWrapper<?> response) {
        return response.statusCode() >= 200 && response.statusCode() <= 299;
    }

    RegistryException failure(OrasException cause) {
        return RegistryException.of(repository, anonymous, cause);
    }

    private static final class Shared {
        static final HttpClient CLIENT =
                HttpClient.Builder.builder().withTimeout(CONNECT_SECONDS).build();
    }
}
