package dev.hearth.controller.run.pods;

import dev.hearth.controller.access.AllowedSecrets;
import dev.hearth.controller.run.context.RunContext;
import dev.hearth.core.secret.SecretUse;
import dev.hearth.core.status.StatusReason;
import dev.hearth.pod.PodSecrets;
import io.fabric8.kubernetes.api.model.Pod;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Checks every Secret that a pod names, right before the pod is created. This is the last check: the kubelet reads
 * Secrets with its own rights.
 */
@ApplicationScoped
public class PodSecretCheck {
    private final AllowedSecrets allowed;

    public PodSecretCheck(AllowedSecrets allowed) {
        this.allowed = allowed;
    }

    /** Returns why the pod must not be created. Empty if it may be. */
    public Optional<StatusReason> refusal(RunContext run, Pod pod) {
        var named = PodSecrets.of(pod);
        var uses = SecretUse.of(run.spec())
                .filter(use ->
                        (use.host().isPresent() ? named.credentials() : named.variables()).contains(use.secret()))
                .toList();
        var known = uses.stream().map(SecretUse::secret).collect(Collectors.toSet());
        named.all().filter(name -> !known.contains(name)).findFirst().ifPresent(name -> {
            throw new IllegalStateException("pod " + pod.getMetadata().getName() + " names Secret " + name
                    + ", which the pipeline of its run does not name for this use");
        });
        return uses.stream()
                .distinct()
                .flatMap(use -> allowed.refusal(run.namespace(), run.pipeline(), use).stream())
                .findFirst();
    }
}
