package dev.hearth.forge;

import dev.hearth.core.forge.ForgeAddress;
import dev.hearth.http.OutboundRequests;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** GitHub with an access token: commit statuses of its REST API, version 2022-11-28. */
final class GitHub implements ForgeApi {
    private static final String EXPIRY = "GitHub-Authentication-Token-Expiration";
    private static final DateTimeFormatter EXPIRY_FORMAT = DateTimeFormatter.ofPattern(
                    "yyyy-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private final ApiConnection api;
    private final CombinedStatus statuses;

    GitHub(ForgeAddress address, String token, OutboundRequests requests, Clock clock) {
        var headers = Map.of(
                "Authorization", "Bearer " + token,
                "Accept", "application/vnd.github+json",
                "X-GitHub-Api-Version", "2022-11-28",
                "User-Agent", "hearth");
        this.api = new ApiConnection(address, requests, headers, clock);
        this.statuses = new CombinedStatus(api, "per_page", 100, "state");
    }

    @Override
    public boolean shows(NamedStatus wanted) throws ForgeException {
        return statuses.shows(wanted);
    }

    @Override
    public void write(NamedStatus wanted) throws ForgeException {
        statuses.write(wanted);
    }

    /** Each answer has it in a header if the token expires. A time in another format warns of nothing. */
    @Override
    public Optional<Instant> tokenExpiry() {
        return api.header(EXPIRY).flatMap(GitHub::parse);
    }

    private static Optional<Instant> parse(String time) {
        try {
            return Optional.of(EXPIRY_FORMAT.parse(time, Instant::from));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
