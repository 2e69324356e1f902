package dev.hearth.controller.run.results;

import dev.hearth.api.TestSummary;
import dev.hearth.api.Trust;
import dev.hearth.controller.run.context.RunContext;
import dev.hearth.core.plan.Step;
import dev.hearth.core.run.Observation;
import dev.hearth.core.run.StepOutputs;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.text.Mask;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;

/** Hides values of Secrets in what a task's end and its reports bring into a status, which more people read than logs. */
@ApplicationScoped
public class SecretMasker {
    private final RunSecretValues secrets;

    public SecretMasker(RunSecretValues secrets) {
        this.secrets = secrets;
    }

    public Observation mask(RunContext view, Step.Task task, Observation seen) {
        if (task.spec().secrets().isEmpty() || view.trust() != Trust.Trusted) {
            return seen;
        }
        return switch (seen) {
            case Observation.Broken broken -> {
                var mask = Mask.of(secrets.read(view));
                yield new Observation.Broken(
                        broken.since(),
                        broken.at(),
                        broken.exitCode(),
                        new StatusReason(
                                broken.why().reason(), mask.apply(broken.why().message())),
                        broken.fault(),
                        masked(mask, broken.kept()));
            }
            case Observation.Done done ->
                new Observation.Done(
                        done.since(), done.at(), done.result(), masked(Mask.of(secrets.read(view)), done.kept()));
            case Observation other -> other;
        };
    }

    private static StepOutputs masked(Mask mask, StepOutputs kept) {
        return new StepOutputs(
                kept.files(),
                kept.tests() == null ? null : masked(mask, kept.tests()),
                kept.note() == null ? null : mask.apply(kept.note()),
                kept.caches());
    }

    static TestSummary masked(Mask mask, TestSummary tests) {
        return new TestSummary(
                tests.passed(),
                tests.failed(),
                tests.skipped(),
                tests.seconds(),
                tests.failures().stream()
                        .map(failure -> new TestSummary.Failure(
                                mask.apply(failure.id()),
                                Optional.ofNullable(failure.message())
                                        .map(mask::apply)
                                        .orElse(null),
                                Optional.ofNullable(failure.details())
                                        .map(mask::apply)
                                        .orElse(null)))
                        .toList(),
                tests.slowest().stream()
                        .map(slow -> new TestSummary.Slow(mask.apply(slow.id()), slow.seconds()))
                        .toList(),
                tests.flaky().stream().map(mask::apply).toList(),
                tests.problems().stream().map(mask::apply).toList());
    }
}
