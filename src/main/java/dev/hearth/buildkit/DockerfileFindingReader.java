package dev.hearth.buildkit;

import dev.hearth.api.BuildSpec;
import dev.hearth.api.DockerfileFinding;
import dev.hearth.core.buildcache.CacheRecipe;
import dev.hearth.core.text.PlainText;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads what BuildKit says of lines of a Dockerfile: rules that it breaks, and the instruction at which a solve failed. Whatever
 * the text is, all is about the Dockerfile of the build. The formats are those of BuildKit 0.34: {@code LintFormatShort} of its
 * linter, and {@code Source.Print} of {@code solver/errdefs}.
 */
public final class DockerfileFindingReader {
    /** What solve.sh writes before a warning. */
    static final String WARNING = "warning: ";

    private static final int MOST = 10;
    private static final int LONGEST_MESSAGE = 300;
    private static final Pattern LINT =
            Pattern.compile(WARNING + "([A-Za-z][A-Za-z0-9]{0,63}): (.{1,1000}) \\(line ([1-9][0-9]{0,6})\\)");

    /** The end of the line that names a file and a line, and the line after it. */
    private static final Pattern POSITION = Pattern.compile(":([1-9][0-9]{0,6})\\n-{20}(?:\\n|$)");

    private DockerfileFindingReader() {}

    /** Returns what the termination message of a solve that succeeded says: the first rules that are broken. */
    public static List<DockerfileFinding> warnings(BuildSpec build, String terminationMessage) {
        return CacheRecipe.dockerfilePath(build.context(), build.dockerfile()).stream()
                .flatMap(file -> terminationMessage
                        .lines()
                        .map(LINT::matcher)
                        .filter(Matcher::matches)
                        .map(found -> new DockerfileFinding(
                                file,
                                Integer.parseInt(found.group(3)),
                                found.group(1),
                                PlainText.line(found.group(2), LONGEST_MESSAGE))))
                .distinct()
                .limit(MOST)
                .toList();
    }

    /** Returns where a solve failed, from the end of its log. Empty if it does not name a line of the build's Dockerfile. */
    public static Optional<DockerfileFinding> failure(BuildSpec build, String logTail) {
        return CacheRecipe.dockerfilePath(build.context(), build.dockerfile())
                .flatMap(file -> Optional.ofNullable(lastLine(build.dockerfile(), logTail))
                        .map(line -> new DockerfileFinding(file, line, null, null)));
    }

    /** BuildKit prints the position after all output of the steps, which may contain a text like it. */
    private static @Nullable Integer lastLine(String dockerfile, String logTail) {
        Integer line = null;
        var found = POSITION.matcher(logTail);
        while (found.find()) {
            var start = found.start() - dockerfile.length();
            if (logTail.startsWith(dockerfile, start) && (start == 0 || logTail.charAt(start - 1) == '\n')) {
                line = Integer.valueOf(found.group(1));
            }
        }
        return line;
    }
}
