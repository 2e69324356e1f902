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

/** Values that pods of a run may know and nobody else should read in their logs. */
@ApplicationScoped
public class RunSecretValues {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** What says who, and not by which proof; often a word that logs are full of. */
    private static final Set<String> OPEN = Set.of("username", "email");

    private final SecretReader secrets;
    private final AllowedSecrets allowed;

    public RunSecretValues(SecretReader secrets, AllowedSecrets allowed) {
        this.secrets = secrets;
        this.allowed = allowed;
    }

    /** As the Secrets are now; one that is gone hides nothing. */
    Set<String> read(RunContext view) {
        var values = new HashSet<String>();
        Stream.concat(held(view), allowed(view))
                .distinct()
                .flatMap(name -> secrets.find(view.namespace(), name).stream())
                .forEach(secret -> collect(secret, values));
        return values;
    }

    /** Those that pods of the run have: they were allowed when the pods were made. */
    private static Stream<String> held(RunContext view) {
        return view.pods().values().stream().flatMap(pod -> PodSecrets.of(pod).all());
    }

    /**
     * Those that pods of the run may have had. Of others nothing is hidden: what is hidden in a log would tell which values
     * a Secret has that the pipeline may not use.
     */
    private Stream<String> allowed(RunContext view) {
        var spec = view.spec();
        var uses = view.trust() == Trust.Trusted
                ? SecretUse.of(spec)
                : Stream.concat(SecretUse.of(spec.source()).stream(), SecretUse.of(spec.artifacts()).stream());
        return uses.filter(use -> allowed.refusal(
                                view.namespace(), view.run().getSpec().pipeline(), use)
                        .isEmpty())
                .map(SecretUse::secret);
    }

    static void collect(Secret secret, Set<String> values) {
        var data = Optional.ofNullable(secret.getData()).orElse(Map.of());
        data.keySet().stream()
                .filter(key -> !OPEN.contains(key))
                .flatMap(key -> SecretReader.value(secret, key).stream())
                .forEach(value -> {
                    values.add(value);
                    collectLeaves(value, values);
                });
        // As git sends them in a header.
        SecretReader.value(secret, "password")
                .map(password -> SecretReader.value(secret, "username").orElse("git") + ":" + password)
                .map(pair -> Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)))
                .ifPresent(values::add);
    }

    /** Of a Docker configuration every proof by itself. */
    private static void collectLeaves(String json, Set<String> values) {
        try {
            collectLeaves(JSON.readTree(json), values);
        } catch (JsonProcessingException e) {
            // A value like any other.
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
                .filter(property -> !OPEN.contains(property.getKey()))
                .forEach(property -> collectLeaves(property.getValue(), values));
    }
}
