package dev.hearth.controller.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hearth.api.SecretVariable;
import dev.hearth.api.Trust;
import dev.hearth.cluster.Secrets;
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
public class RunSecrets {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** What says who, and not by which proof; often a word that logs are full of. */
    private static final Set<String> OPEN = Set.of("username", "email");

    private final Secrets secrets;

    public RunSecrets(Secrets secrets) {
        this.secrets = secrets;
    }

    /** As the Secrets are now; one that is gone hides nothing. */
    Set<String> of(RunView view) {
        var values = new HashSet<String>();
        names(view)
                .distinct()
                .flatMap(name -> secrets.find(view.namespace(), name).stream())
                .forEach(secret -> collect(secret, values));
        return values;
    }

    private static Stream<String> names(RunView view) {
        var git = Optional.ofNullable(view.spec().source().credentials()).map(named -> named.secretName());
        var push = view.plan()
                .builds()
                .flatMap(build -> PushSecrets.of(build).stream())
                .map(PushSecrets::secret);
        var tasks = view.trust() == Trust.Trusted
                ? view.spec().tasks().stream()
                        .flatMap(task -> task.secrets().stream())
                        .map(SecretVariable::secretName)
                : Stream.<String>empty();
        var artifacts =
                Optional.ofNullable(view.spec().artifacts().credentials()).map(named -> named.secretName());
        return Stream.of(git.stream(), push, tasks, artifacts.stream()).flatMap(all -> all);
    }

    static void collect(Secret secret, Set<String> values) {
        var data = Optional.ofNullable(secret.getData()).orElse(Map.of());
        data.keySet().stream()
                .filter(key -> !OPEN.contains(key))
                .flatMap(key -> Secrets.value(secret, key).stream())
                .forEach(value -> {
                    values.add(value);
                    leaves(value, values);
                });
        // As git sends them in a header.
        Secrets.value(secret, "password")
                .map(password -> Secrets.value(secret, "username").orElse("git") + ":" + password)
                .map(pair -> Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)))
                .ifPresent(values::add);
    }

    /** Of a Docker configuration every proof by itself. */
    private static void leaves(String json, Set<String> values) {
        try {
            leaves(JSON.readTree(json), values);
        } catch (JsonProcessingException e) {
            // A value like any other.
        }
    }

    private static void leaves(JsonNode node, Set<String> values) {
        if (node.isTextual()) {
            values.add(node.textValue());
        }
        if (node.isArray()) {
            node.forEach(child -> leaves(child, values));
        }
        node.properties().stream()
                .filter(property -> !OPEN.contains(property.getKey()))
                .forEach(property -> leaves(property.getValue(), values));
    }
}
