package dev.hearth.pod.observe;

import dev.hearth.api.Reason;
import dev.hearth.core.network.AddressRange;
import dev.hearth.core.network.ReservedRanges;
import dev.hearth.core.status.StatusReason;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Adds a hint to a timeout of an untrusted run: a NetworkPolicy may be the reason, which the error does not tell. */
public final class ClosedNetworkHint {
    private static final String HINT =
            "Untrusted runs reach private addresses only if network.untrusted.allow of the chart lists them.";

    /** Failures to read or write a repository or registry. Messages of a user's command are not interpreted. */
    private static final Set<Reason> REASONS = Set.of(
            Reason.SourceFetchFailed,
            Reason.RepositoryUnreachable,
            Reason.ArtifactFetchFailed,
            Reason.BaseImageUnavailable,
            Reason.DockerfileNotFound,
            Reason.PushFailed,
            Reason.RegistryUnavailable,
            Reason.PublishFailed);

    private static final Pattern UNANSWERED = Pattern.compile(
            "time(?:d )? ?out|connection refused|no route to host|(?:network|host) is unreachable|does not answer"
                    + "|deadline exceeded|could(?: not|n't) connect|failed to connect",
            Pattern.CASE_INSENSITIVE);

    /** An address, but not that of the pod, which is followed by an arrow. */
    private static final Pattern ADDRESS = Pattern.compile(
            "(?<![0-9.])(?:[0-9]{1,3}\\.){3}[0-9]{1,3}(?![0-9.])(?!:[0-9]+->)|(?<=\\[)[0-9a-fA-F:]+(?=\\](?!:[0-9]+->))");

    private ClosedNetworkHint() {}

    /** Returns the failure of an untrusted run, with the hint if its network may be the reason. */
    public static StatusReason explain(StatusReason why) {
        return REASONS.contains(why.reason())
                        && UNANSWERED.matcher(why.message()).find()
                        && mayBePrivate(why.message())
                ? new StatusReason(why.reason(), HINT + "\n" + why.message())
                : why;
    }

    /** A message without an address has a host name, which may resolve to a private address. */
    private static boolean mayBePrivate(String message) {
        var addresses =
                ADDRESS.matcher(message).results().map(MatchResult::group).toList();
        return addresses.isEmpty() || addresses.stream().anyMatch(ClosedNetworkHint::isPrivate);
    }

    private static boolean isPrivate(String address) {
        try {
            var parsed = AddressRange.of(address);
            return List.of(ReservedRanges.PRIVATE, ReservedRanges.METADATA).stream()
                    .anyMatch(ranges -> ranges.stream().anyMatch(range -> range.contains(parsed)));
        } catch (IllegalArgumentException _) {
            return false; // not an address, for example a version
        }
    }
}
