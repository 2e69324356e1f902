package dev.hearth.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.ForgeApp;
import dev.hearth.core.trigger.ButtonPress;
import dev.hearth.core.trigger.ButtonPress.Button;
import java.io.IOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Payloads as docs.github.com/webhooks documents them. */
class CheckEventTest {
    private static final String COMMIT = "1".repeat(40);
    private static final String RUN = """
            {"action": "requested_action", "requested_action": {"identifier": "approve"},
             "check_run": {"id": 4, "name": "hearth/app", "head_sha": "%s", "app": {"id": 4711}},
             "repository": {"full_name": "Team/app"}, "sender": {"login": "ada", "id": 7}}
            """.formatted(COMMIT);
    private static final String SUITE = """
            {"action": "rerequested",
             "check_suite": {"id": 9, "head_sha": "%s", "app": {"id": 4711}, "updated_at": "2026-11-29T12:00:00Z"},
             "repository": {"full_name": "team/app"}, "sender": {"login": "ada", "id": 7}}
            """.formatted(COMMIT);

    /** The names of the check runs whose buttons count. */
    private final Map<Button, String> ours =
            new EnumMap<>(Map.of(Button.Approve, "hearth/app", Button.RunAgain, "hearth/app"));

    @Test
    void buttonsAreRead() throws IOException {
        assertThat(read("check_run", RUN).press()).isEqualTo(press(Button.Approve, 4));
        assertThat(read("check_run", RUN.replace("\"requested_action\",", "\"rerequested\","))
                        .press())
                .isEqualTo(press(Button.RunAgain, 4));
        assertThat(read("check_suite", SUITE).press()).isEqualTo(press(Button.RunAllAgain, 1_795_953_600));
    }

    @Test
    void buttonsOfACheckRunAreToldApart() throws IOException {
        ours.put(Button.RunAgain, "hearth/app/unit");
        var atStep = RUN.replace("hearth/app", "hearth/app/unit");
        assertThat(read("check_run", atStep.replace("\"requested_action\",", "\"rerequested\","))
                        .press())
                .isEqualTo(press(Button.RunAgain, 4));
        assertThat(read("check_run", atStep).isUseful()).isFalse();
    }

    /** An App gets this event without the right to read the content of the repository. */
    @Test
    void newSuiteIsAPush() throws IOException {
        assertThat(read("check_suite", SUITE.replace("rerequested", "requested")))
                .returns(true, CheckEvent::isPush)
                .returns(null, CheckEvent::press);
    }

    @Test
    void whatHearthItselfHasWrittenIsOfNoUse() throws IOException {
        for (var action : List.of("created", "completed", "whatever")) {
            assertThat(read("check_run", RUN.replace("\"requested_action\",", "\"" + action + "\","))
                            .isUseful())
                    .isFalse();
            assertThat(read("check_suite", SUITE.replace("rerequested", action)).isUseful())
                    .isFalse();
        }
    }

    @Test
    void whatIsOfOthersIsOfNoUse() throws IOException {
        for (var other : List.of(
                RUN.replace("4711", "4712"),
                RUN.replace("Team/app", "team/other"),
                RUN.replace("hearth/app", "hearth/other"),
                RUN.replace("approve", "reject"),
                RUN.replace(COMMIT, "main"),
                RUN.replace("\"ada\"", "\"a\\nb\""),
                RUN.replace("\"id\": 7", "\"id\": -7"),
                RUN.replace("\"id\": 4,", "\"id\": \"x\","))) {
            assertThat(read("check_run", other).isUseful()).as(other).isFalse();
        }
        assertThat(read("check_suite", SUITE.replace("2026-11-29T12:00:00Z", "now"))
                        .isUseful())
                .isFalse();
        assertThat(read("check_suite", RUN).isUseful()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "null", "x", "{\"check_run\": 1}", "{\"check_run\": {\"app\": {\"id\": 4711}"})
    void otherBodiesAreOfNoUse(String body) throws IOException {
        assertThat(read("check_run", body).isUseful()).isFalse();
    }

    private static ButtonPress press(Button button, long number) {
        return new ButtonPress(button, COMMIT, "ada", "7", number);
    }

    private CheckEvent read(String event, String body) throws IOException {
        return CheckEvent.read(
                event,
                body.getBytes(UTF_8),
                new ForgeApp(4711, "app"),
                "team/app",
                (button, name) -> name.equals(ours.get(button)));
    }
}
