package dev.hearth.webhook;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.hearth.api.ForgeApp;
import dev.hearth.core.forge.CheckDetails;
import dev.hearth.core.trigger.ButtonPress;
import dev.hearth.core.trigger.ButtonPress.Button;
import dev.hearth.http.BoundedJson;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An event of a check run or check suite of an App, whose proof is valid.
 *
 * @param isPush whether commits were pushed: GitHub makes a suite for each
 * @param press the button that was pressed; null if none was
 */
record CheckEvent(boolean isPush, @Nullable ButtonPress press) {
    /** Nothing of use, such as a check run that Hearth itself has written. */
    private static final CheckEvent NONE = new CheckEvent(false, null);

    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
    private static final Pattern USER = Pattern.compile("[A-Za-z0-9._\\[\\]-]{1,64}");
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");

    /** Returns whether there is something to do. */
    boolean isUseful() {
        return isPush || press != null;
    }

    /**
     * Reads an event.
     *
     * @param event value of the event's header
     * @param body proven content
     * @param repository path of the pipeline's repository
     * @param isOurs whether a button at a check run of this name is the pipeline's
     */
    static CheckEvent read(
            String event, byte[] body, ForgeApp app, String repository, BiPredicate<Button, String> isOurs)
            throws IOException {
        try {
            var json = BoundedJson.MAPPER.readTree(body);
            var about = json.path(event);
            return about.at("/app/id").asLong() == app.id()
                            && json.at("/repository/full_name").asText().equalsIgnoreCase(repository)
                    ? event.equals("check_suite") ? ofSuite(json, about) : ofRun(json, about, isOurs)
                    : NONE;
        } catch (JsonProcessingException e) {
            return NONE;
        }
    }

    private static CheckEvent ofSuite(JsonNode json, JsonNode suite) {
        return switch (json.path("action").asText()) {
            case "requested" -> new CheckEvent(true, null);
            case "rerequested" ->
                new CheckEvent(
                        false,
                        time(suite.path("updated_at").asText())
                                .flatMap(number -> press(Button.RunAllAgain, json, suite, number))
                                .orElse(null));
            default -> NONE;
        };
    }

    private static CheckEvent ofRun(JsonNode json, JsonNode run, BiPredicate<Button, String> isOurs) {
        var approves = json.at("/requested_action/identifier").asText().equals(CheckDetails.APPROVE);
        var button = switch (json.path("action").asText()) {
            case "rerequested" -> Optional.of(Button.RunAgain);
            case "requested_action" -> approves ? Optional.of(Button.Approve) : Optional.<Button>empty();
            default -> Optional.<Button>empty();
        };
        var id = run.path("id");
        return new CheckEvent(
                false,
                button.filter(it -> isOurs.test(it, run.path("name").asText()) && id.canConvertToLong())
                        .flatMap(it -> press(it, json, run, id.asLong()))
                        .orElse(null));
    }

    private static Optional<ButtonPress> press(Button button, JsonNode json, JsonNode about, long number) {
        var commit = about.path("head_sha").asText();
        var user = json.at("/sender/login").asText();
        var account = json.at("/sender/id").asText();
        return COMMIT.matcher(commit).matches()
                        && USER.matcher(user).matches()
                        && NUMBER.matcher(account).matches()
                ? Optional.of(new ButtonPress(button, commit, user, account, number))
                : Optional.empty();
    }

    /** A suite stays the same: the time of its change tells one press from the next. */
    private static Optional<Long> time(String text) {
        try {
            return Optional.of(Instant.parse(text).getEpochSecond());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
