package dev.hearth.buildkit;

import dev.hearth.api.BuildSpec;
import dev.hearth.api.DockerfileFinding;
import dev.hearth.core.buildcache.CacheRecipe;
import dev.hearth.core.text.PlainText;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads what BuildKit says of lines of a Dockerfile: rules that it breaks, and the instruction at which a solve failed. Whatever
 * the text is, all is about the Dockerfile of the build. The format of a failure is that of {@code Source.Print} in
 * {@code solver/errdefs} of BuildKit 0.34.
 */
public final class DockerfileFindingReader {
    /** How many warnings of a build are shown. */
    static final int MOST = 10;

    private static final int LONGEST_MESSAGE = 300;
    /** The end of the line that names a file and a line, and the line after it. */
    private static final Pattern POSITION = Pattern.compile(":([1-9][0-9]{0,6})\\n-{20}(?:\\n|$)");

    private DockerfileFindingReader() {}

    /** Returns a rule that a line of the build's Dockerfile breaks. Empty if the build's context has no such file. */
    static Optional<DockerfileFinding> warning(BuildSpec build, int line, String rule, String message) {
        return CacheRecipe.dockerfilePath(build.context(), build.dockerfile())
                .map(file -> new DockerfileFinding(file, line, rule, PlainText.line(message, LONGEST_MESSAGE)));
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
