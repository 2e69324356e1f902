package dev.hearth.forge;

import dev.hearth.core.forge.ForgeAddress;
import dev.hearth.http.OutboundRequests;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** Gitea and Forgejo: commit statuses of their API, version 1. */
final class Gitea implements ForgeApi {
    private final CombinedStatus statuses;

    Gitea(ForgeAddress address, String token, OutboundRequests requests, Clock clock) {
        var headers = Map.of("Authorization", "token " + token, "Accept", "application/json", "User-Agent", "hearth");
        // 50 is the largest page unless the forge's administrator has changed it.
        this.statuses = new CombinedStatus(new ApiConnection(address, requests, headers, clock), "limit", 50, "status");
    }

    @Override
    public boolean shows(NamedStatus wanted) throws ForgeException {
        return statuses.shows(wanted);
    }

    @Override
    public void write(NamedStatus wanted) throws ForgeException {
        statuses.write(wanted);
    }

    /** The tokens of these forges do not expire. */
    @Override
    public Optional<Instant> tokenExpiry() {
        return Optional.empty();
    }
}
