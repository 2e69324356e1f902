package dev.hearth.controller.run.results;

import dev.hearth.api.DockerfileFinding;
import dev.hearth.api.TestSummary;
import dev.hearth.api.TestSummaryFailureBuilder;
import dev.hearth.api.Trust;
import dev.hearth.controller.run.context.RunContext;
import dev.hearth.core.plan.Step;
import dev.hearth.core.run.Observation;
import dev.hearth.core.run.StepOutputs;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.text.Mask;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Optional;

/**
 * Masks values of Secrets in messages and test results of a task before they are written to the run's status. These texts are
 * cut before, so beginnings of values are masked where a text may have been cut.
 */
@ApplicationScoped
public class SecretMasker {
    private final RunSecretValues secrets;

    public SecretMasker(RunSecretValues secrets) {
        this.secrets = secrets;
    }

    public Observation mask(RunContext run, Step.Task task, Observation seen) {
        if (task.spec().secrets().isEmpty() || run.trust() != Trust.Trusted) {
            return seen;
        }
        return switch (seen) {
            case Observation.Broken broken -> {
                var mask = Mask.of(secrets.read(run));
                yield new Observation.Broken(
                        broken.since(),
                        broken.at(),
                        broken.exitCode(),
                        new StatusReason(
                                broken.why().reason(),
                                mask.applyToCut(broken.why().message())),
                        broken.fault(),
                        mask(mask, broken.kept()));
            }
            case Observation.Done done ->
                new Observation.Done(
                        done.since(), done.at(), done.result(), mask(Mask.of(secrets.read(run)), done.kept()));
            case Observation other -> other;
        };
    }

    /** Masks messages about lines of a Dockerfile: they can quote arguments of the build. */
    public List<DockerfileFinding> mask(RunContext run, List<DockerfileFinding> findings) {
        return findings.isEmpty() || run.trust() != Trust.Trusted
                ? findings
                : mask(Mask.of(secrets.read(run)), findings);
    }

    static List<DockerfileFinding> mask(Mask mask, List<DockerfileFinding> findings) {
        return findings.stream()
                .map(finding -> new DockerfileFinding(
                        finding.file(),
                        finding.line(),
                        finding.rule(),
                        finding.message() == null ? null : mask.applyToCut(finding.message())))
                .toList();
    }

    private static StepOutputs mask(Mask mask, StepOutputs kept) {
        return kept.withTests(kept.tests() == null ? null : mask(mask, kept.tests()))
                .withNote(kept.note() == null ? null : mask.applyToCut(kept.note()));
    }

    static TestSummary mask(Mask mask, TestSummary tests) {
        return tests.with()
                .failures(tests.failures().stream()
                        .map(failure -> TestSummaryFailureBuilder.builder()
                                .id(mask.applyToCut(failure.id()))
                                .message(Optional.ofNullable(failure.message())
                                        .map(mask::applyToCut)
                                        .orElse(null))
                                .details(Optional.ofNullable(failure.details())
                                        .map(mask::applyToCut)
                                        .orElse(null))
                                .file(Optional.ofNullable(failure.file())
                                        .map(mask::applyToCut)
                                        .orElse(null))
                                .line(failure.line())
                                .build())
                        .toList())
                .slowest(tests.slowest().stream()
                        .map(slow -> new TestSummary.Slow(mask.applyToCut(slow.id()), slow.seconds()))
                        .toList())
                .flaky(tests.flaky().stream().map(mask::applyToCut).toList())
                .problems(tests.problems().stream().map(mask::applyToCut).toList())
                .build();
    }
}
