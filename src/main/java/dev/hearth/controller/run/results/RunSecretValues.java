package dev.hearth.controller.run.results;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hearth.api.Trust;
import dev.hearth.cluster.SecretReader;
import dev.hearth.controller.access.AllowedSecrets;
import dev.hearth.controller.run.context.RunContext;
import dev.hearth.core.secret.SecretUse;
import dev.hearth.pod.PodSecrets;
import io.fabric8.kubernetes.api.model.Secret;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Reads the values of Secrets that pods of a run may have, so that they can be masked in its logs. */
@ApplicationScoped
public class RunSecretValues {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Keys whose values are not secret, and often common words. */
    private static final Set<String> PUBLIC_KEYS = Set.of("username", "email", "known_hosts", "ca.crt");

    private final SecretReader secrets;
    private final AllowedSecrets allowed;

    public RunSecretValues(SecretReader secrets, AllowedSecrets allowed) {
        this.secrets = secrets;
        this.allowed = allowed;
    }

    /** Returns the present values. A Secret that was deleted has none. */
    Set<String> read(RunContext run) {
        var values = new HashSet<String>();
        Stream.concat(mounted(run), allowed(run))
                .distinct()
                .flatMap(name -> secrets.find(run.namespace(), name).stream())
                .forEach(secret -> collect(secret, values));
        return values;
    }

    /** Returns the Secrets that pods of the run have. They were allowed when the pods were created. */
    private static Stream<String> mounted(RunContext run) {
        return run.pods().values().stream().flatMap(pod -> PodSecrets.of(pod).all());
    }

    /**
     * Returns the Secrets that deleted pods of the run may have had. Secrets that the pipeline may not use are not
     * masked: a mask in a log would tell its author that a guessed value is right.
     */
    private Stream<String> allowed(RunContext run) {
        var spec = run.spec();
        var uses = run.trust() == Trust.Trusted
                ? SecretUse.of(spec)
                : Stream.concat(SecretUse.of(spec.source()).stream(), SecretUse.of(spec.artifacts()).stream());
        return uses.filter(use ->
                        allowed.refusal(run.namespace(), run.pipeline(), use).isEmpty())
                .map(SecretUse::secret);
    }

    static void collect(Secret secret, Set<String> values) {
        var data = Optional.ofNullable(secret.getData()).orElse(Map.of());
        data.keySet().stream()
                .filter(key -> !PUBLIC_KEYS.contains(key))
                .flatMap(key -> SecretReader.value(secret, key).stream())
                .forEach(value -> {
                    values.add(value);
                    collectLeaves(value, values);
                });
        // The form in which git sends them in a header.
        SecretReader.value(secret, "password")
                .map(password -> SecretReader.value(secret, "username").orElse("git") + ":" + password)
                .map(pair -> Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)))
                .ifPresent(values::add);
    }

    /** Adds each value of a JSON document, such as the passwords of a Docker configuration. */
    private static void collectLeaves(String json, Set<String> values) {
        try {
            collectLeaves(JSON.readTree(json), values);
        } catch (JsonProcessingException e) {
            // Not JSON: the value as a whole has been added already.
        }
    }

    private static void collectLeaves(JsonNode node, Set<String> values) {
        if (node.isTextual()) {
            values.add(node.textValue());
        }
        if (node.isArray()) {
            node.forEach(child -> collectLeaves(child, values));
        }
        node.properties().stream()
                .filter(property -> !PUBLIC_KEYS.contains(property.getKey()))
                .forEach(property -> collectLeaves(property.getValue(), values));
    }
}
