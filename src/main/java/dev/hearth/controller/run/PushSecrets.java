package dev.hearth.controller.run;

import dev.hearth.core.plan.Step;
import java.util.Optional;

/** The Secret that a build pushes with. */
record PushSecrets(String build, String secret) {

    static Optional<PushSecrets> of(Step.Build step) {
        return Optional.ofNullable(step.push())
                .flatMap(push -> Optional.ofNullable(push.credentials()))
                .map(named -> new PushSecrets(step.spec().name(), named.secretName()));
    }
}
