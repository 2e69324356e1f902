package dev.hearth.core.secret;

import dev.hearth.api.ArtifactsSpec;
import dev.hearth.api.BuildSpec;
import dev.hearth.api.ForgeSpec;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.PushSpec;
import dev.hearth.api.Reason;
import dev.hearth.api.SourceSpec;
import dev.hearth.api.TaskSpec;
import dev.hearth.core.forge.ForgeAddress;
import dev.hearth.core.ref.SourceUrl;
import dev.hearth.core.status.StatusReason;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One way in which a pipeline uses a Secret.
 *
 * @param field of the Pipeline that names the Secret
 * @param secret name of the Secret
 * @param host to which its content is sent, with port; empty if a task gets the value as an environment variable, or if it
 *     is only compared
 * @param reach what can be done with it
 * @param exposed whether it would be sent over plain HTTP although the pipeline does not allow that
 */
public record SecretUse(String field, String secret, Optional<String> host, Reach reach, boolean exposed) {
    /** What can be done with a Secret in a use. */
    public sealed interface Reach {
        /** Hearth itself uses it at this repository of a forge, such as team/app, and gives it to no pod. */
        record Repository(String path) implements Reach {}

        /** Hearth only compares it with what a webhook sends. */
        record Comparison() implements Reach {}

        /** A pod, a git server or a registry gets it: all that it opens can be done with it. */
        record Unlimited() implements Reach {}
    }

    /** Texts that need no quotes in a command line. */
    private static final Pattern PLAIN = Pattern.compile("[a-z0-9.:\\[\\]-]+");

    /** Returns all uses of Secrets by the runs of a pipeline. */
    public static Stream<SecretUse> of(PipelineSpec spec) {
        return Stream.of(
                        of(spec.source()).stream(),
                        spec.builds().stream().flatMap(build -> of(build).stream()),
                        of(spec.artifacts()).stream(),
                        spec.tasks().stream().flatMap(SecretUse::of))
                .flatMap(uses -> uses);
    }

    public static Optional<SecretUse> of(SourceSpec source) {
        return Optional.ofNullable(source.credentials())
                .map(named -> new SecretUse(
                        "spec.source.credentials",
                        named.secretName(),
                        Optional.of(SourceUrl.host(source.url())),
                        new Reach.Unlimited(),
                        source.url().toLowerCase(Locale.ROOT).startsWith("http://") && !source.allowsPlainHttp()));
    }

    /** Returns the use by the webhook of a forge. Its secret is compared, never sent, and in no pod. */
    public static Optional<SecretUse> ofWebhook(ForgeSpec forge) {
        return Optional.ofNullable(forge.webhook())
                .map(named -> new SecretUse(
                        "spec.forge.webhook", named.secretName(), Optional.empty(), new Reach.Comparison(), false));
    }

    /**
     * Returns the use by the token or App of a forge. It is in no pod. The key of an App is not sent, but whoever gets what it
     * signs can act as the App for some minutes.
     */
    public static Optional<SecretUse> ofCredentials(ForgeSpec forge, ForgeAddress address, SourceSpec source) {
        var host = Optional.of(address.host());
        var repository = new Reach.Repository(address.repository());
        var exposed = address.isPlainHttp() && !source.allowsPlainHttp();
        return Optional.ofNullable(forge.token())
                .map(token -> new SecretUse("spec.forge.token", token.secretName(), host, repository, exposed))
                .or(() -> Optional.ofNullable(forge.app())
                        .map(app -> new SecretUse("spec.forge.app", app.secretName(), host, repository, exposed)));
    }

    public static Optional<SecretUse> of(BuildSpec build) {
        return Optional.ofNullable(build.push()).flatMap(push -> of(build.name(), push));
    }

    /** Returns the use by a push. Plain HTTP is used only for hosts that the installation lists. */
    public static Optional<SecretUse> of(String build, PushSpec push) {
        return Optional.ofNullable(push.credentials())
                .map(named -> new SecretUse(
                        "spec.builds[" + build + "].push.credentials",
                        named.secretName(),
                        Optional.of(registry(push.repository())),
                        new Reach.Unlimited(),
                        false));
    }

    /** Returns the use by an artifact store. Empty if it is a volume. */
    public static Optional<SecretUse> of(ArtifactsSpec artifacts) {
        return Optional.ofNullable(artifacts.credentials())
                .flatMap(named -> Optional.ofNullable(artifacts.repository())
                        .map(repository -> new SecretUse(
                                "spec.artifacts.credentials",
                                named.secretName(),
                                Optional.of(registry(repository)),
                                new Reach.Unlimited(),
                                false)));
    }

    private static Stream<SecretUse> of(TaskSpec task) {
        return task.secrets().stream()
                .map(variable -> new SecretUse(
                        "spec.tasks[" + task.name() + "].secrets",
                        variable.secretName(),
                        Optional.empty(),
                        new Reach.Unlimited(),
                        false));
    }

    /**
     * Returns why a pipeline may not use the Secret. The message does not tell whether the Secret exists, so that users who
     * may edit pipelines learn nothing about Secrets that they may not read.
     */
    StatusReason refusal(String namespace, String pipeline) {
        var command = "kubectl -n " + orPlaceholder(namespace, "NAMESPACE") + " annotate secret "
                + orPlaceholder(secret, "SECRET") + " "
                + SecretConsent.PIPELINES + "=" + orPlaceholder(pipeline, "PIPELINE")
                + host.map(it -> " " + SecretConsent.HOSTS + "=" + orPlaceholder(it, "HOST"))
                        .orElse("");
        return new StatusReason(
                Reason.SecretNotAllowed,
                field + " names Secret " + secret + ", which does not exist or does not allow Pipeline " + pipeline
                        + host.map(it -> " to send it to " + it).orElse(" to use it")
                        + ". Users who may edit the Secret allow it with: " + command
                        + " (commas separate several names)");
    }

    /** Returns why it may not be used at the repository. Its pipeline and host are allowed, so the Secret is known to exist. */
    StatusReason repositoryRefusal(String path) {
        return new StatusReason(
                Reason.SecretNotAllowed,
                field + " names Secret " + secret + ", which does not allow its use at repository " + path
                        + ". Correct spec.forge.repository, or let users who may edit the Secret add " + path
                        + " to its annotation " + SecretConsent.REPOSITORIES);
    }

    /** Returns why it may not be used for anything but a forge. */
    StatusReason unlimitedRefusal() {
        return new StatusReason(
                Reason.SecretNotAllowed,
                field + " names Secret " + secret + ", which is for spec.forge alone, since its annotation "
                        + SecretConsent.REPOSITORIES
                        + " limits it to repositories there. Name another Secret, or let users"
                        + " who may edit this one remove the annotation");
    }

    StatusReason exposure() {
        return new StatusReason(
                Reason.PlainHttpNotAllowed,
                field + " would be sent unencrypted, since its URL is plain HTTP: use an https URL, or set"
                        + " spec.source.allowPlainHttp to true if everyone on the network may know the password");
    }

    private static String registry(String repository) {
        return repository.split("/", 2)[0].toLowerCase(Locale.ROOT);
    }

    private static String orPlaceholder(String text, String placeholder) {
        return PLAIN.matcher(text).matches() ? text : placeholder;
    }
}
