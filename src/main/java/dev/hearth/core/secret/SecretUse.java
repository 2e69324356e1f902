package dev.hearth.core.secret;

import dev.hearth.api.ArtifactsSpec;
import dev.hearth.api.BuildSpec;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.PushSpec;
import dev.hearth.api.Reason;
import dev.hearth.api.SourceSpec;
import dev.hearth.api.TaskSpec;
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
 * @param secret its name
 * @param host that its content is sent to, with port; empty where a task gets the value as an environment variable
 * @param exposed whether it would be sent over plain HTTP although the pipeline does not allow that
 */
public record SecretUse(String field, String secret, Optional<String> host, boolean exposed) {
    /** What can stand in a command line without quotes. */
    private static final Pattern PLAIN = Pattern.compile("[a-z0-9.:\\[\\]-]+");

    /** All uses of a pipeline. A pod of a run has some of them. */
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
                        source.url().toLowerCase(Locale.ROOT).startsWith("http://") && !source.allowsPlainHttp()));
    }

    public static Optional<SecretUse> of(BuildSpec build) {
        return Optional.ofNullable(build.push()).flatMap(push -> of(build.name(), push));
    }

    /** Of what a build pushes; only hosts that the installation lists are ever spoken to over plain HTTP. */
    public static Optional<SecretUse> of(String build, PushSpec push) {
        return Optional.ofNullable(push.credentials())
                .map(named -> new SecretUse(
                        "spec.builds[" + build + "].push.credentials",
                        named.secretName(),
                        Optional.of(registry(push.repository())),
                        false));
    }

    /** None where artifacts are kept on a volume. */
    public static Optional<SecretUse> of(ArtifactsSpec artifacts) {
        return Optional.ofNullable(artifacts.credentials())
                .flatMap(named -> Optional.ofNullable(artifacts.repository())
                        .map(repository -> new SecretUse(
                                "spec.artifacts.credentials",
                                named.secretName(),
                                Optional.of(registry(repository)),
                                false)));
    }

    private static Stream<SecretUse> of(TaskSpec task) {
        return task.secrets().stream()
                .map(variable -> new SecretUse(
                        "spec.tasks[" + task.name() + "].secrets", variable.secretName(), Optional.empty(), false));
    }

    /**
     * Why a pipeline may not use the Secret. The words are the same whether there is no such Secret or one that does not
     * consent: who may edit pipelines learns nothing of Secrets that they may not read.
     */
    StatusReason refusal(String namespace, String pipeline) {
        var command =
                "kubectl -n " + plain(namespace, "NAMESPACE") + " annotate secret " + plain(secret, "SECRET") + " "
                        + SecretConsent.PIPELINES + "=" + plain(pipeline, "PIPELINE")
                        + host.map(it -> " " + SecretConsent.HOSTS + "=" + plain(it, "HOST"))
                                .orElse("");
        return new StatusReason(
                Reason.SecretNotAllowed,
                field + " names Secret " + secret + ", which does not exist or does not allow Pipeline " + pipeline
                        + host.map(it -> " to send it to " + it).orElse(" to use it")
                        + ". Who may change the Secret allows it with: " + command
                        + " (commas separate several names)");
    }

    StatusReason exposure() {
        return new StatusReason(
                Reason.PlainHttpNotAllowed,
                field + " would be sent unencrypted, since spec.source.url is plain HTTP: use an https URL, or set"
                        + " spec.source.allowPlainHttp to true where everybody on the way may know the password");
    }

    private static String registry(String repository) {
        return repository.split("/", 2)[0].toLowerCase(Locale.ROOT);
    }

    private static String plain(String text, String otherwise) {
        return PLAIN.matcher(text).matches() ? text : otherwise;
    }
}
