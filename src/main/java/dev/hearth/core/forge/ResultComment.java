package dev.hearth.core.forge;

import dev.hearth.core.forge.CommitStatus.State;
import dev.hearth.core.ref.GitRef;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The comment that shows the result of a pull request where no commit status can be written. Everybody may read it who can see
 * the repository. Each pull request has one, which is edited.
 *
 * @param marker its first line, which is not shown: it tells the comments of several pipelines apart
 * @param body all of it, as Markdown
 */
public record ResultComment(String marker, String body) {
    private static final int LONGEST_NAME = 120;

    /** What no name of a status has, and could end the marker. */
    private static final String NO_NAME = "[^A-Za-z0-9 ._/-]";

    /** Pull requests at one commit that get a comment. */
    private static final int MOST = 5;

    /** Returns the comment for a result under the name of a status. */
    public static ResultComment of(String name, CommitResult result) {
        var marker = "<!-- hearth result: " + name.replaceAll(NO_NAME, "_") + " -->";
        return new ResultComment(marker, """
                %s
                **%s**: %s

                %s at commit %s. This comment shows the newest result, since Hearth may not write a commit status here.""".formatted(
                        marker,
                        word(result.status().state()),
                        CodeSpan.of(result.status().description(), CommitStatus.DESCRIPTION_LENGTH),
                        CodeSpan.of(name, LONGEST_NAME),
                        CodeSpan.of(result.commit(), LONGEST_NAME)));
    }

    /** Returns the numbers of the pull requests whose newest run is one of a result, of all results of a pipeline. */
    public static List<Long> pullRequests(CommitResult result, List<CommitResult> all) {
        return result.runs().stream()
                .filter(run -> all.stream()
                        .flatMap(other -> other.runs().stream())
                        .filter(other -> other.ref().equals(run.ref()))
                        .max(CommitResult.AGE)
                        .filter(run::equals)
                        .isPresent())
                .map(run -> GitRef.of(run.ref()).number())
                .flatMap(number -> number.isPresent() ? Stream.of(number.getAsLong()) : Stream.empty())
                .sorted(Comparator.naturalOrder())
                .limit(MOST)
                .toList();
    }

    /** Returns whether a text is an earlier form of this comment, if it is of the same author. */
    public boolean isMarked(String text) {
        return text.startsWith(marker);
    }

    /** Returns whether a text is this comment. Forges may change line ends. */
    public boolean isShownBy(String text) {
        return text.replace("\r", "").strip().equals(body);
    }

    private static String word(State state) {
        return switch (state) {
            case Waiting -> "waiting";
            case NeedsApproval -> "waiting for approval";
            case Running -> "running";
            case Skipped, Success -> "success";
            case Failure -> "failure";
            case Cancelled -> "cancelled";
        };
    }
}
