package dev.hearth.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.core.taskcache.TaskCacheReport;
import dev.hearth.core.text.Sizes;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TaskCacheReportReaderTest {
    private static final String KEY = "0123456789abcdef";
    private static final String STATE = KEY + "/" + "e".repeat(16);

    @Test
    void readsHowCachesWereFilledAndWhatIsLeft() {
        assertThat(read("""
                {"version":1,"restored":{"%1$s":{"kib":1200,"millis":34}},"removed":true,"found":["%2$s"],
                 "leftKib":{"%1$s":1300},"usage":{"contentKib":2508,"artifactsKib":600,"capacityKib":9000,"freeKib":4000}}
                """.formatted(KEY, STATE)))
                .hasValue(new TaskCacheReport(
                        Map.of(KEY, new TaskCacheReport.Restored(1200, 34, "")),
                        Map.of(KEY, 1300L),
                        true,
                        List.of(STATE),
                        Optional.of(new TaskCacheReport.Usage(2508, 600, 9000, 4000))));
    }

    @Test
    void readsAReportThatWasWrittenBeforeTheTaskHasEnded() {
        assertThat(read("""
                {"version":1,"restored":{"%s":{"kib":0,"millis":2,"error":"no space left on device"}},"removed":false,"found":[]}
                """.formatted(KEY)))
                .hasValue(new TaskCacheReport(
                        Map.of(KEY, new TaskCacheReport.Restored(0, 2, "no space left on device")),
                        Map.of(),
                        false,
                        List.of(),
                        Optional.empty()));
    }

    @Test
    void ignoresNamesThatAreNotThoseOfCachesAndLimitsNumbers() {
        assertThat(read("""
                {"version":1,"restored":{"%1$s":{"kib":-1,"millis":-1,"error":"%4$s"},"../x":{"kib":1,"millis":1}},
                 "removed":true,"found":["%2$s","../..","%2$s/x",""],"leftKib":{"%1$s":%3$d,"x":1},
                 "usage":{"contentKib":%3$d,"artifactsKib":%3$d,"capacityKib":-5,"freeKib":0}}
                """.formatted(KEY, STATE, Long.MAX_VALUE, "<b>\\u001b" + "x".repeat(200))))
                .hasValue(new TaskCacheReport(
                        Map.of(KEY, new TaskCacheReport.Restored(0, 0, "b" + "x".repeat(99))),
                        Map.of(KEY, Sizes.MOST),
                        true,
                        List.of(STATE),
                        Optional.of(new TaskCacheReport.Usage(Sizes.MOST, Sizes.MOST, 0, 0))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Error",
                "{",
                "{}",
                "[]",
                "null",
                "{\"version\":1,\"restored\":{}}",
                "{\"version\":1,\"restored\":null,\"found\":[]}",
                "{\"version\":1,\"restored\":{\"0123456789abcdef\":null},\"found\":[]}",
                "{\"version\":1,\"restored\":{},\"found\":[null]}",
                "{\"version\":1,\"restored\":{},\"found\":[],\"leftKib\":{\"0123456789abcdef\":null}}",
                "{\"version\":2,\"restored\":{},\"found\":[]}",
                "{\"restored\":{},\"found\":[]}"
            })
    void ignoresOtherMessages(String message) {
        assertThat(read(message)).isEmpty();
    }

    private static Optional<TaskCacheReport> read(String message) {
        return TaskCacheReportReader.read(message);
    }
}
