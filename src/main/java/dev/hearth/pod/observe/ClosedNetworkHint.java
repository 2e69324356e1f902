package dev.hearth.pod.observe;

import dev.hearth.api.Reason;
import dev.hearth.core.network.AddressRange;
import dev.hearth.core.network.ReservedRanges;
import dev.hearth.core.status.StatusReason;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Says of an untrusted run's request that got no answer that a network policy may be why: a timeout alone tells nobody. */
public final class ClosedNetworkHint {
    private static final String ADVICE =
            "Untrusted runs reach private addresses only where network.untrusted.allow of the chart lists them.";

    /** Failures to read or write a repository or registry; a command's own connections are its own. */
    private static final Set<Reason> REASONS = Set.of(
            Reason.SourceFetchFailed,
            Reason.ArtifactFetchFailed,
            Reason.BaseImageUnavailable,
            Reason.DockerfileNotFound,
            Reason.PushFailed,
            Reason.PublishFailed);

    private static final Pattern UNANSWERED = Pattern.compile(
            "time(?:d )? ?out|connection refused|no route to host|(?:network|host) is unreachable|does not answer"
                    + "|deadline exceeded|could(?: not|n't) connect|failed to connect",
            Pattern.CASE_INSENSITIVE);

    /** Not the pod's own, which stands before an arrow. */
    private static final Pattern ADDRESS = Pattern.compile(
            "(?<![0-9.])(?:[0-9]{1,3}\\.){3}[0-9]{1,3}(?![0-9.])(?!:[0-9]+->)|(?<=\\[)[0-9a-fA-F:]+(?=\\](?!:[0-9]+->))");

    private ClosedNetworkHint() {}

    /** A failure of an untrusted run, with what to do where it may be that. */
    public static StatusReason explained(StatusReason why) {
        return REASONS.contains(why.reason())
                        && UNANSWERED.matcher(why.message()).find()
                        && mayBePrivate(why.message())
                ? new StatusReason(why.reason(), ADVICE + "\n" + why.message())
                : why;
    }

    /** A name may be that of a private address. */
    private static boolean mayBePrivate(String message) {
        var addresses =
                ADDRESS.matcher(message).results().map(MatchResult::group).toList();
        return addresses.isEmpty() || addresses.stream().anyMatch(ClosedNetworkHint::isPrivate);
    }

    private static boolean isPrivate(String address) {
        try {
            var one = AddressRange.of(address);
            return List.of(ReservedRanges.PRIVATE, ReservedRanges.METADATA).stream()
                    .anyMatch(ranges -> ranges.stream().anyMatch(range -> range.contains(one)));
        } catch (IllegalArgumentException _) {
            return false; // a version, perhaps
        }
    }
}
