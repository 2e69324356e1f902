package dev.hearth.forge;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hearth.core.forge.CommitStatus.State;
import dev.hearth.core.forge.ForgeAddress;
import dev.hearth.http.OutboundRequests;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * GitLab: commit statuses of its API, version 4. A status has a state machine there: it refuses a state that the status is in
 * already, so only the state is compared, and a description changes with the next state.
 */
final class GitLab implements ForgeApi {
    private final ApiConnection api;
    private @Nullable Instant expiry;
    private boolean asked;

    GitLab(ForgeAddress address, String token, OutboundRequests requests, Clock clock) {
        this.api = new ApiConnection(address, requests, Map.of("PRIVATE-TOKEN", token, "User-Agent", "hearth"), clock);
    }

    @Override
    public boolean shows(NamedStatus wanted) throws ForgeException {
        askExpiry();
        var answer = api.get(project() + "/repository/commits/" + wanted.commit() + "/statuses?per_page=100&name="
                + ApiConnection.encode(wanted.name()));
        if (answer.isRefusal()) {
            throw ForgeException.refused(api.address(), wanted.commit(), answer.status());
        }
        if (!answer.json().isArray()) {
            throw ForgeException.invalid(api.address());
        }
        @Nullable JsonNode newest = null;
        for (var status : answer.json()) {
            if (status.path("name").asText().equals(wanted.name())
                    && (newest == null
                            || status.path("id").asLong() > newest.path("id").asLong())) {
                newest = status;
            }
        }
        return newest != null
                && newest.path("status").asText().equals(state(wanted.status().state()));
    }

    @Override
    public void write(NamedStatus wanted) throws ForgeException {
        var fields = new HashMap<>(Map.of(
                "state", state(wanted.status().state()),
                "description", wanted.status().description(),
                "name", wanted.name()));
        if (wanted.branch() != null) {
            fields.put("ref", wanted.branch());
        }
        var answer = api.post(project() + "/statuses/" + wanted.commit(), fields);
        // Another process, or an earlier attempt whose answer was lost, may have written the same state.
        if (answer.isRefusal() && !shows(wanted)) {
            throw ForgeException.refused(api.address(), wanted.commit(), answer.status());
        }
    }

    @Override
    public Optional<Instant> tokenExpiry() {
        return Optional.ofNullable(expiry);
    }

    /** Not every token may read itself: then nothing is known of its end. */
    private void askExpiry() {
        if (asked) {
            return;
        }
        asked = true;
        try {
            var date = api.get("/personal_access_tokens/self")
                    .json()
                    .path("expires_at")
                    .asText();
            expiry = LocalDate.parse(date).atStartOfDay().toInstant(ZoneOffset.UTC);
        } catch (ForgeException | DateTimeException e) {
            expiry = null;
        }
    }

    private String project() {
        return "/projects/" + ApiConnection.encode(api.address().repository());
    }

    private static String state(State state) {
        return switch (state) {
            case Waiting -> "pending";
            case Running -> "running";
            case Success -> "success";
            case Failure -> "failed";
            case Cancelled -> "canceled";
        };
    }
}
