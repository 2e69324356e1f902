package dev.hearth.core.run;

import dev.hearth.api.ArtifactStatus;
import dev.hearth.api.StepStatus;
import dev.hearth.api.TestSummary;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Bytes of a step's status as JSON, or a few more: what a text takes depends on its script and on what is escaped. */
final class JsonSize {
    /** Quotes, colon and comma. */
    private static final int FIELD = 4;

    private int bytes = 2 + 1;

    private JsonSize() {}

    static int of(StepStatus step) {
        var size = new JsonSize();
        size.add("name", step.name());
        size.add("state", step.state());
        size.add("reason", step.reason());
        size.add("message", step.message());
        size.add("pod", step.pod());
        size.add("container", step.container());
        size.add("startedAt", step.startedAt());
        size.add("finishedAt", step.finishedAt());
        size.add("exitCode", step.exitCode());
        size.add("digest", step.digest());
        size.add("cached", step.cached());
        size.add("executed", step.executed());
        size.add("cacheFrom", step.cacheFrom());
        size.add("regressed", step.regressed());
        size.add("failure", step.failure());
        size.add("attempts", step.attempts());
        size.add("lost", step.lost());
        size.add("flaky", step.flaky());
        size.add("tolerated", step.tolerated());
        if (step.artifact() != null) {
            size.add("artifact", step.artifact());
        }
        if (step.tests() != null) {
            size.add("tests", step.tests());
        }
        return size.bytes;
    }

    private void add(String field, ArtifactStatus files) {
        nested(field);
        add("digest", files.digest());
        add("files", files.files());
        add("kib", files.kib());
        add("claim", files.claim());
        add("path", files.path());
        add("image", files.image());
        add("inputs", files.inputs());
        add("reusedFrom", files.reusedFrom());
    }

    private void add(String field, TestSummary tests) {
        nested(field);
        add("passed", tests.passed());
        add("failed", tests.failed());
        add("skipped", tests.skipped());
        add("seconds", tests.seconds());
        nested("failures");
        for (TestSummary.Failure failure : tests.failures()) {
            nested("");
            add("id", failure.id());
            add("message", failure.message());
            add("details", failure.details());
        }
        nested("slowest");
        for (TestSummary.Slow slow : tests.slowest()) {
            nested("");
            add("id", slow.id());
            add("seconds", slow.seconds());
        }
        add("flaky", tests.flaky());
        add("problems", tests.problems());
    }

    private void add(String field, List<String> texts) {
        nested(field);
        texts.forEach(text -> add("", text));
    }

    private void add(String field, @Nullable Object value) {
        if (value != null) {
            bytes += FIELD + field.length() + text(value.toString());
        }
    }

    private void nested(String field) {
        bytes += FIELD + field.length() + 2;
    }

    private static int text(String text) {
        return 2 + text.chars().map(JsonSize::character).sum();
    }

    private static int character(int c) {
        if (c < ' ') {
            return 6;
        }
        if (c < 0x80) {
            return c == '"' || c == '\\' ? 2 : 1;
        }
        // Half of a character beyond the first 65536 takes two bytes, which three are enough for.
        return c < 0x800 ? 2 : 3;
    }
}
