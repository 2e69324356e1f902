package dev.hearth.buildkit;

import dev.hearth.agent.AgentProblem;
import dev.hearth.agent.AgentReports;
import dev.hearth.agent.DaemonRequest;
import dev.hearth.agent.SolveReport;
import dev.hearth.api.BuildSpec;
import dev.hearth.api.DockerfileFinding;
import dev.hearth.core.buildcache.CacheProblem;
import dev.hearth.core.run.BuildResult;
import dev.hearth.core.run.BuildResultBuilder;
import dev.hearth.core.run.StepOutputs;
import dev.hearth.core.status.StatusReason;
import dev.hearth.core.text.PlainText;
import dev.hearth.core.text.Sizes;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a solve that succeeded says of itself in its termination message. Texts become plain text of one line, and numbers are
 * limited to possible ones.
 */
public final class SolveReportReader {
    private static final Pattern RULE = Pattern.compile("[A-Za-z][A-Za-z0-9]{0,63}");
    private static final int MOST_REBUILT = 3;
    private static final int MOST_STEPS = 1_000_000;

    private SolveReportReader() {}

    /** Reads the result. Empty if it cannot be read: that must not fail a solve that succeeded. */
    public static Optional<BuildResult> read(String terminationMessage) {
        return AgentReports.solve(terminationMessage)
                .map(report -> BuildResultBuilder.builder()
                        .digest(digest(report.digest()))
                        .cached(Math.clamp(report.cached(), 0, MOST_STEPS))
                        .executed(Math.clamp(report.executed(), 0, MOST_STEPS))
                        .cacheFrom(restart(report))
                        .warning(cacheProblem(report.problem()))
                        .rebuilt(report.rebuilt().stream()
                                .limit(MOST_REBUILT)
                                .map(PlainText::line)
                                .toList())
                        .build());
    }

    /** Reads the digest and size of the artifact. Empty if the solve has none. */
    public static Optional<StepOutputs.Files> files(String terminationMessage) {
        return AgentReports.solve(terminationMessage)
                .flatMap(report -> Optional.ofNullable(report.files()))
                .filter(files -> digest(files.digest()) != null)
                .map(files ->
                        new StepOutputs.Files(files.digest(), Math.max(0, files.count()), Sizes.bounded(files.kib())));
    }

    /** Reads which rules the build's Dockerfile breaks: the first of them. */
    public static List<DockerfileFinding> warnings(BuildSpec build, String terminationMessage) {
        return AgentReports.solve(terminationMessage).stream()
                .flatMap(report -> report.warnings().stream())
                .filter(warning -> RULE.matcher(warning.rule()).matches() && warning.line() > 0)
                .flatMap(warning ->
                        DockerfileFindingReader.warning(build, warning.line(), warning.rule(), warning.message())
                                .stream())
                .distinct()
                .limit(DockerfileFindingReader.MOST)
                .toList();
    }

    private static @Nullable String digest(@Nullable String digest) {
        return digest != null && AgentReports.isDigest(digest) ? digest : null;
    }

    /** Returns the state from which a restarted daemon started; null if it was not restarted. */
    private static @Nullable String restart(SolveReport report) {
        var note =
                report.problem() == null ? "" : PlainText.line(report.problem().note());
        return report.restarted() == null || note.isEmpty() || !isRestart(report.restarted())
                ? null
                : report.restarted() + ": " + note;
    }

    private static boolean isRestart(String mode) {
        return mode.equals(DaemonRequest.Mode.Cold.name()) || mode.equals(VolumeReportReader.OWN);
    }

    private static @Nullable StatusReason cacheProblem(@Nullable AgentProblem problem) {
        return problem == null ? null : CacheProblem.statusReason(problem.reason(), PlainText.line(problem.note()));
    }
}
