package dev.hearth.core.secret;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.PipelineSpec;
import dev.hearth.api.Reason;
import dev.hearth.core.forge.ForgeAddress;
import dev.hearth.core.secret.SecretUse.Reach;
import dev.hearth.core.status.StatusReason;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which Secrets a pipeline may use, and what it is told otherwise. */
class SecretConsentTest {
    private static final PipelineSpec EVERY_USE = spec("""
            source: {url: "https://git.example:8443/app.git", credentials: {secretName: git}}
            builds: [{name: image, push: {repository: "Registry.example:5000/app", credentials: {secretName: push}}}]
            artifacts: {store: Registry, repository: "store.example/files", credentials: {secretName: store}}
            tasks: [{name: deploy, image: busybox, command: ["true"], secrets: [{name: T, secretName: token, key: k}]}]
            """);

    @Test
    void findsAllUsesOfSecrets() {
        assertThat(SecretUse.of(EVERY_USE))
                .containsExactly(
                        new SecretUse(
                                "spec.source.credentials",
                                "git",
                                Optional.of("git.example:8443"),
                                new Reach.Unlimited(),
                                false),
                        new SecretUse(
                                "spec.builds[image].push.credentials",
                                "push",
                                Optional.of("registry.example:5000"),
                                new Reach.Unlimited(),
                                false),
                        new SecretUse(
                                "spec.artifacts.credentials",
                                "store",
                                Optional.of("store.example"),
                                new Reach.Unlimited(),
                                false),
                        new SecretUse(
                                "spec.tasks[deploy].secrets", "token", Optional.empty(), new Reach.Unlimited(), false));
    }

    @Test
    void keyForSshIsAllowedForAHostToo() {
        var use = SecretUse.of(spec("""
                        source: {url: "ssh://git@Git.example:22/app.git", credentials: {secretName: key}}
                        builds: [{name: image}]
                        """).source()).orElseThrow();

        assertThat(use)
                .isEqualTo(new SecretUse(
                        "spec.source.credentials", "key", Optional.of("git.example"), new Reach.Unlimited(), false));
        assertThat(consent("hello", "git.example").refusal("ci", "hello", use)).isEmpty();
        assertThat(consent("hello", "git@git.example").refusal("ci", "hello", use))
                .isPresent();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            hello           | git.example:8443             | true
            web, hello      | other.example git.example:8443 | true
            *               | *                            | true
            hello           | GIT.example:8443             | true
                            | git.example:8443             | false
            hello           |                              | false
            hell            | git.example:8443             | false
            hello2          | git.example:8443             | false
            hel*            | git.example:8443             | false
            hello           | git.example                  | false
            hello           | it.example:8443              | false
            hello           | *.example:8443               | false
            """)
    void allowsExactlyTheNamedPipelinesAndHosts(String pipelines, String hosts, boolean allowed) {
        var use = SecretUse.of(EVERY_USE.source()).orElseThrow();

        assertThat(consent(pipelines, hosts).refusal("ci", "hello", use))
                .satisfies(refusal -> assertThat(refusal.isEmpty()).isEqualTo(allowed));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            team/app             | true
            Team/APP             | true
            other/app, team/*    | true
            **                   | true
            team/a               | false
            *                    | false
            team/app2            | false
            team                 | false
            ''                   | false
            """)
    void limitsTheRepositoriesOfAForge(String repositories, boolean allowed) {
        var use = ofForge("team/App");
        var annotations = Map.of(
                SecretConsent.PIPELINES, "hello", SecretConsent.HOSTS, "*", SecretConsent.REPOSITORIES, repositories);
        var refusal = SecretConsent.of(annotations).refusal("ci", "hello", use);
        assertThat(refusal.isEmpty()).isEqualTo(allowed);
        refusal.ifPresent(why -> assertThat(why)
                .isEqualTo(new StatusReason(
                        Reason.SecretNotAllowed,
                        "spec.forge.token names Secret forge, which does not allow its use at repository team/App."
                                + " Correct spec.forge.repository, or let users who may edit the Secret add team/App to its"
                                + " annotation hearth.dev/repositories")));
        // Who may not use the Secret learns nothing of its repositories
        assertThat(SecretConsent.of(annotations)
                        .refusal("ci", "other", use)
                        .orElseThrow()
                        .message())
                .contains("which does not exist or does not allow Pipeline other");
        assertThat(consent("hello", "*").refusal("ci", "hello", use)).isEmpty();
    }

    /** Who may edit the pipeline could read the token there, and use it at every repository. */
    @Test
    void secretOfSomeRepositoriesIsForNothingButTheForge() {
        var consent = SecretConsent.of(Map.of(
                SecretConsent.PIPELINES, "hello", SecretConsent.HOSTS, "*", SecretConsent.REPOSITORIES, "team/app"));
        assertThat(SecretUse.of(EVERY_USE))
                .extracting(SecretUse::field)
                .containsExactly(
                        "spec.source.credentials",
                        "spec.builds[image].push.credentials",
                        "spec.artifacts.credentials",
                        "spec.tasks[deploy].secrets");
        assertThat(SecretUse.of(EVERY_USE))
                .allSatisfy(use -> assertThat(consent.refusal("ci", "hello", use))
                        .contains(new StatusReason(
                                Reason.SecretNotAllowed,
                                use.field() + " names Secret " + use.secret()
                                        + ", which is for spec.forge alone, since its annotation hearth.dev/repositories"
                                        + " limits it to repositories there. Name another Secret, or let users who may edit"
                                        + " this one remove the annotation")));
        assertThat(consent.refusal("ci", "hello", ofForge("team/app"))).isEmpty();
        var webhook = spec("""
                source: {url: "https://github.com/team/app.git"}
                forge: {type: GitHub, webhook: {secretName: forge}}
                builds: [{name: image}]
                """).forge();
        assertThat(SecretUse.ofWebhook(Objects.requireNonNull(webhook)).orElseThrow())
                .satisfies(
                        use -> assertThat(consent.refusal("ci", "hello", use)).isEmpty());
    }

    private static SecretUse ofForge(String repository) {
        var spec = spec("""
                source: {url: "https://github.com/%s.git"}
                forge: {type: GitHub, token: {secretName: forge}}
                builds: [{name: image}]
                """.formatted(repository));
        var forge = Objects.requireNonNull(spec.forge());
        return SecretUse.ofCredentials(
                        forge, ForgeAddress.of(forge, spec.source()).orElseThrow(), spec.source())
                .orElseThrow();
    }

    @ParameterizedTest
    @CsvSource({
        "https://git.example/app.git,      git.example",
        "https://git.example:443/app.git,  git.example",
        "http://git.example:80/app.git,    git.example",
        "http://git.example:443/app.git,   git.example:443",
        "git://git.example:9418/app,       git.example",
        "https://GIT.example/app.git,      git.example",
        "https://[::1]:8443/app.git,       [::1]:8443",
        "https://git.example./app.git,     git.example.",
        "https://evil.example/git.example/app.git, evil.example",
    })
    void bindsCredentialsToTheHostOfTheUrl(String url, String host) {
        assertThat(use(url, false).host()).contains(host);
    }

    @Test
    void variableOfATaskNeedsNoHost() {
        var use = new SecretUse("spec.tasks[deploy].secrets", "token", Optional.empty(), new Reach.Unlimited(), false);

        assertThat(consent("hello", "").refusal("ci", "hello", use)).isEmpty();
        assertThat(consent("", "*").refusal("ci", "hello", use))
                .map(StatusReason::message)
                .hasValueSatisfying(message -> assertThat(message)
                        .contains("kubectl -n ci annotate secret token hearth.dev/pipelines=hello (commas"));
    }

    @Test
    void doesNotRevealWhetherTheSecretExists() {
        var use = SecretUse.of(EVERY_USE.source()).orElseThrow();

        assertThat(Stream.of(SecretConsent.NONE, consent("web", "git.example:8443"), consent("hello", "other.example"))
                        .map(consent -> consent.refusal("ci", "hello", use).orElseThrow()))
                .containsOnly(new StatusReason(
                        Reason.SecretNotAllowed,
                        "spec.source.credentials names Secret git, which does not exist or does not allow Pipeline hello"
                                + " to send it to git.example:8443. Users who may edit the Secret allow it with: kubectl -n ci"
                                + " annotate secret git hearth.dev/pipelines=hello hearth.dev/hosts=git.example:8443"
                                + " (commas separate several names)"));
    }

    /** Users copy this command into a shell. */
    @Property
    void commandContainsOnlyNamesThatNeedNoQuotes(@ForAll String secret, @ForAll String host) {
        var use = new SecretUse("spec.source.credentials", secret, Optional.of(host), new Reach.Unlimited(), false);
        var message =
                SecretConsent.NONE.refusal("ci", "hello", use).orElseThrow().message();

        assertThat(message.substring(message.lastIndexOf("kubectl"), message.lastIndexOf(" (commas")))
                .matches("[A-Za-z0-9./:=\\[\\] -]+");
    }

    @Test
    void rejectsPlainHttpEvenWithConsent() {
        assertThat(SecretConsent.ALL.refusal("ci", "hello", use("http://git.example/app.git", false)))
                .map(StatusReason::reason)
                .contains(Reason.PlainHttpNotAllowed);
        assertThat(SecretConsent.ALL.refusal("ci", "hello", use("http://git.example/app.git", true)))
                .isEmpty();
        assertThat(SecretConsent.ALL.refusal("ci", "hello", use("https://git.example/app.git", false)))
                .isEmpty();
    }

    private static SecretConsent consent(String pipelines, String hosts) {
        return SecretConsent.of(Map.of(
                SecretConsent.PIPELINES,
                pipelines == null ? "" : pipelines,
                SecretConsent.HOSTS,
                hosts == null ? "" : hosts));
    }

    private static SecretUse use(String url, boolean allowPlainHttp) {
        var spec = spec("source: {url: \"" + url + "\", allowPlainHttp: " + allowPlainHttp
                + ", credentials: {secretName: git}}\nbuilds: []\n");
        return SecretUse.of(spec.source()).orElseThrow();
    }

    private static PipelineSpec spec(String yaml) {
        return Serialization.unmarshal(yaml, PipelineSpec.class);
    }
}
