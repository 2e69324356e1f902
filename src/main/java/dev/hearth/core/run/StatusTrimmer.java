package dev.hearth.core.run;

import dev.hearth.api.ArtifactFolder;
import dev.hearth.api.ArtifactStatus;
import dev.hearth.api.ArtifactStatusBuilder;
import dev.hearth.api.DockerfileFinding;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatus.State;
import dev.hearth.api.TestSummary;
import dev.hearth.core.testreport.TestSummaryFactory;
import dev.hearth.core.text.JsonSize;
import dev.hearth.core.text.Text;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Trims the steps of a large run to fit into its status. The API server would accept more, but sends the whole status to
 * each watcher at each change. Messages are also in the logs and tests in the report files. Pod names and cache origins
 * are removed from steps that succeeded only.
 */
final class StatusTrimmer {
    /** Bytes of all steps as JSON. Together with a spec of a usual size the status is below 64 KiB. */
    static final int MAX_BYTES = 40_000;

    /** From the largest to the smallest. The first form that fits is used. */
    private static final List<Form> FORMS = List.of(
            new Form(4096, true, Detail.Full, true),
            new Form(1500, true, Detail.Brief, true),
            new Form(500, true, Detail.Brief, true),
            new Form(200, false, Detail.Brief, true),
            new Form(80, false, Detail.Totals, true),
            new Form(0, false, Detail.None, true));

    /** Characters of the name of a rebuilt build step. */
    private static final int MAX_REBUILT = 40;

    private static final int FEW_FINDINGS = 3;

    private static final Form SMALLEST = new Form(0, false, Detail.None, false);

    private StatusTrimmer() {}

    /** How much of the test summary and of the findings is kept. */
    private enum Detail {
        Full,
        Brief,
        Totals,
        None
    }

    /**
     * How much of a step is kept.
     *
     * @param message characters of the message
     * @param pods whether steps that succeeded keep pod name and cache origin
     * @param whole whether times are kept, and what an artifact consists of
     */
    private record Form(int message, boolean pods, Detail tests, boolean whole) {}

    /**
     * The steps of a status.
     *
     * @param folder of the artifacts that show a path below it and no claim; null if there are none
     */
    record Trimmed(List<StepStatus> steps, @Nullable ArtifactFolder folder) {}

    /** Trims steps, each with the whole place of its artifact. */
    static Trimmed trim(List<StepStatus> steps) {
        return FORMS.stream()
                .map(form -> steps.stream().map(step -> in(form, step)).toList())
                .filter(fitted -> fitted.stream().mapToLong(JsonSize::of).sum() <= MAX_BYTES)
                .findFirst()
                .map(fitted -> new Trimmed(fitted, null))
                .orElseGet(() -> inOneFolder(
                        steps.stream().map(step -> in(SMALLEST, step)).toList()));
    }

    /** Takes the folder that has most of the artifacts out of the steps. */
    private static Trimmed inOneFolder(List<StepStatus> steps) {
        return steps.stream()
                .flatMap(step -> Stream.ofNullable(step.artifact()))
                .flatMap(artifact -> folder(artifact).stream())
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()))
                .entrySet()
                .stream()
                .max(Map.Entry.<ArtifactFolder, Long>comparingByValue()
                        .thenComparing(entry -> entry.getKey().toString()))
                .map(Map.Entry::getKey)
                .map(folder -> new Trimmed(
                        steps.stream().map(step -> below(folder, step)).toList(), folder))
                .orElseGet(() -> new Trimmed(steps, null));
    }

    private static StepStatus below(ArtifactFolder folder, StepStatus step) {
        return Optional.ofNullable(step.artifact())
                .filter(artifact -> folder(artifact).filter(folder::equals).isPresent())
                .map(artifact -> artifact.with()
                        .claim(null)
                        .claimUid(null)
                        .path(String.valueOf(artifact.path())
                                .substring(folder.path().length() + 1))
                        .build())
                .map(step::withArtifact)
                .orElse(step);
    }

    private static Optional<ArtifactFolder> folder(ArtifactStatus artifact) {
        var claim = artifact.claim();
        var uid = artifact.claimUid();
        var path = artifact.path();
        return claim == null || uid == null || path == null || !path.contains("/")
                ? Optional.empty()
                : Optional.of(new ArtifactFolder(claim, uid, path.substring(0, path.lastIndexOf('/'))));
    }

    private static StepStatus in(Form form, StepStatus step) {
        var message = abbreviate(step, form.message());
        var pod = form.pods() || step.state() == State.Running || step.state() == State.Failed ? step.pod() : null;
        var cacheFrom = form.pods() ? step.cacheFrom() : null;
        var tests = step.tests() == null ? null : in(form.tests(), step.tests());
        var findings = in(form.tests(), step.findings());
        var trimmed = Objects.equals(message, step.message())
                        && Objects.equals(pod, step.pod())
                        && Objects.equals(cacheFrom, step.cacheFrom())
                        && Objects.equals(tests, step.tests())
                        && findings.equals(step.findings())
                ? step
                : step.with()
                        .message(message)
                        .pod(pod)
                        .cacheFrom(cacheFrom)
                        .tests(tests)
                        .findings(findings)
                        .build();
        return form.whole() || !step.state().isFinal()
                ? trimmed
                : trimmed.with()
                        .startedAt(null)
                        .finishedAt(null)
                        .rebuilt(step.rebuilt().stream()
                                .limit(1)
                                .map(text -> Text.abbreviate(text, MAX_REBUILT))
                                .toList())
                        .artifact(step.artifact() == null ? null : withoutDetails(step.artifact()))
                        .build();
    }

    private static @Nullable TestSummary in(Detail detail, TestSummary tests) {
        return switch (detail) {
            case Full -> tests;
            case Brief -> TestSummaryFactory.brief(tests);
            case Totals ->
                tests.with()
                        .failures(List.of())
                        .slowest(List.of())
                        .flaky(List.of())
                        .problems(List.of())
                        .build();
            case None -> null;
        };
    }

    private static List<DockerfileFinding> in(Detail detail, List<DockerfileFinding> findings) {
        return switch (detail) {
            case Full -> findings;
            case Brief -> findings.stream().limit(FEW_FINDINGS).toList();
            case Totals, None -> List.of();
        };
    }

    /** Keeps the end of a failure, where its cause is, and the beginning of any other message. */
    private static @Nullable String abbreviate(StepStatus step, int max) {
        var message = step.message();
        if (message == null || message.length() <= max) {
            return message;
        }
        if (max == 0) {
            return null;
        }
        return step.state() == State.Failed ? Text.abbreviateStart(message, max) : Text.abbreviate(message, max);
    }

    /** Keeps where the files are, and whose. What is uploaded is mounted from the registry only. */
    private static ArtifactStatus withoutDetails(ArtifactStatus files) {
        var onVolume = files.image() == null;
        return ArtifactStatusBuilder.builder()
                .claim(onVolume ? files.claim() : null)
                .claimUid(onVolume ? files.claimUid() : null)
                .path(onVolume ? files.path() : null)
                .image(files.image())
                .reusedFrom(files.reusedFrom())
                .build();
    }
}
