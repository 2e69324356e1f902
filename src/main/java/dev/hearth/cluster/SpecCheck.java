package dev.hearth.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineSpec;
import dev.hearth.core.text.PlainText;
import dev.hearth.core.validation.FieldMistake;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.StatusDetails;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.HttpURLConnection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Has the API server check a pipeline's spec that no object has yet: it writes the spec to the status of its run, as a dry run.
 * The schema there is that of a Pipeline, with the same rules and defaults, and the operator has the right to write it anyway.
 */
@ApplicationScoped
public class SpecCheck {
    private static final int UNPROCESSABLE = 422;
    private static final int MOST_MISTAKES = 16;
    private static final String FIELD = "pipelineSpec";
    private static final String PREFIX = "status." + FIELD;

    /** How the API server reports a field that the schema does not have. */
    private static final String STRICT = "strict decoding error: ";

    /** How it begins if not the spec is wrong: a webhook, a quota or an admission policy denies the write. */
    private static final Pattern DENIED = Pattern.compile("^(admission webhook |\\S+ \"[^\"]*\" is forbidden: )");

    private static final Pattern UNKNOWN = Pattern.compile("unknown field \"([^\"]+)\"");

    /** What the API server writes before the message of a rule about a whole object. */
    private static final Pattern PRELUDE = Pattern.compile("^Invalid value: (\"(object|array)\": )?");

    /** How a message names the spec. */
    private static final Pattern PATH = Pattern.compile("\\b(status\\.)?pipelineSpec\\b");

    private final KubernetesClient client;

    public SpecCheck(KubernetesClient client) {
        this.client = client;
    }

    /** What the API server says about a spec. */
    public sealed interface Verdict {
        /** The spec, with its defaults. */
        record Valid(PipelineSpec spec) implements Verdict {}

        /** At least one mistake. Fields begin with {@code spec}. */
        record Invalid(List<FieldMistake> mistakes) implements Verdict {}
    }

    /**
     * Checks a spec. Stores nothing.
     *
     * @param run whose status has no spec yet
     * @throws KubernetesClientException if the API server says nothing about the spec: it is unreachable, or denies the request
     */
    public Verdict check(PipelineRun run, JsonNode spec) {
        var patch = JsonNodeFactory.instance.objectNode();
        patch.putObject("metadata").put("uid", run.getMetadata().getUid());
        patch.putObject("status").set(FIELD, spec);
        var dryRun = new PatchContext.Builder()
                .withPatchType(PatchType.JSON_MERGE)
                .withDryRun(List.of("All"))
                .withFieldValidation("Strict")
                .build();
        try {
            var checked = client.resources(PipelineRun.class)
                    .inNamespace(run.getMetadata().getNamespace())
                    .withName(run.getMetadata().getName())
                    .subresource("status")
                    .patch(dryRun, client.getKubernetesSerialization().asJson(patch));
            return checked.unreadable()
                    .<Verdict>map(fields -> new Verdict.Invalid(List.of(new FieldMistake("spec", fields))))
                    .orElseGet(() -> new Verdict.Valid(
                            Objects.requireNonNull(checked.getStatus().pipelineSpec())));
        } catch (KubernetesClientException e) {
            var mistakes = mistakes(e);
            if (mistakes.isEmpty()) {
                throw e;
            }
            return new Verdict.Invalid(mistakes);
        }
    }

    /** Returns the mistakes that the API server names. Empty if it says nothing about the spec. */
    static List<FieldMistake> mistakes(KubernetesClientException e) {
        var message = ApiRejection.message(e);
        if (e.getCode() != UNPROCESSABLE && e.getCode() != HttpURLConnection.HTTP_BAD_REQUEST) {
            return List.of();
        }
        var found = Stream.concat(unknownFields(message), violations(e))
                .distinct()
                .limit(MOST_MISTAKES)
                .toList();
        return found.isEmpty() && !DENIED.matcher(message).find()
                ? List.of(new FieldMistake("spec", message(message)))
                : found;
    }

    /** The message has the whole object before, and names of fields can have any text. */
    private static Stream<FieldMistake> unknownFields(String message) {
        var begin = message.indexOf(STRICT);
        return begin < 0
                ? Stream.empty()
                : UNKNOWN.matcher(message.substring(begin))
                        .results()
                        .map(found -> found.group(1))
                        .filter(field -> field.startsWith(PREFIX))
                        .map(field -> new FieldMistake(
                                field(field), "there is no such field: correct its name, or remove it"));
    }

    private static Stream<FieldMistake> violations(KubernetesClientException e) {
        return Optional.ofNullable(e.getStatus())
                .map(Status::getDetails)
                .map(StatusDetails::getCauses)
                .orElse(List.of())
                .stream()
                .filter(cause -> cause.getField() != null && cause.getField().startsWith(PREFIX))
                .map(cause -> new FieldMistake(field(cause.getField()), message(cause.getMessage())));
    }

    private static String message(String ofCause) {
        return PlainText.line(
                PATH.matcher(PRELUDE.matcher(ofCause).replaceFirst("")).replaceAll("spec"));
    }

    private static String field(String inStatus) {
        return PlainText.line("spec" + inStatus.substring(PREFIX.length()));
    }
}
