package dev.hearth.core.approval;

import java.util.Optional;
import java.util.regex.Pattern;

/** A command that a comment at a pull request gives: a line that begins with a slash. */
public sealed interface CommentCommand {
    /** Approves a commit. All of its digits are needed: two commits that begin alike can be made, one to look at and one to run. */
    record Approve(String commit) implements CommentCommand {}

    /** Runs the commit again. */
    record Retest() implements CommentCommand {}

    /** Cancels the run. */
    record Cancel() implements CommentCommand {}

    /** Returns the first command of a comment. Empty if it has none, or an approval that names no commit. */
    static Optional<CommentCommand> of(String comment) {
        return comment.lines()
                .map(String::strip)
                .flatMap(line -> parse(line).stream())
                .findFirst();
    }

    private static Optional<CommentCommand> parse(String line) {
        var approve = Syntax.APPROVE.matcher(line);
        if (approve.matches()) {
            return Optional.of(new Approve(approve.group(1)));
        }
        return switch (line) {
            case "/retest" -> Optional.of(new Retest());
            case "/cancel" -> Optional.of(new Cancel());
            default -> Optional.empty();
        };
    }

    /** Returns the comment that approves a commit. */
    static String approving(String commit) {
        return "/approve " + commit;
    }

    /** The syntax of commands with arguments. */
    final class Syntax {
        private static final Pattern APPROVE = Pattern.compile("/approve +([0-9a-f]{40})");

        private Syntax() {}
    }
}
