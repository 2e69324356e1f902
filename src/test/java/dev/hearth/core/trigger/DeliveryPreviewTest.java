package dev.hearth.core.trigger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.WebhookDelivery;
import dev.hearth.api.WebhookDeliveryBuilder;
import dev.hearth.core.HostileTexts;
import dev.hearth.core.ref.RefFilter;
import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeliveryPreviewTest {
    private static final DeliveryPreview PREVIEW =
            new DeliveryPreview(RefFilter.of(List.of("main", "release/*"), List.of("v*"), false));

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            refs/heads/main       | a run of main, unless its commit has had one or is skipped
            refs/heads/release/1  | a run of release/1, unless its commit has had one or is skipped
            refs/heads/gh-readonly-queue/main/pr-7-1a | a run of gh-readonly-queue/main/pr-7-1a, unless its commit has had one or is skipped
            refs/heads/next       | nothing: spec.triggers.branches has no pattern for next
            refs/heads/gh-readonly-queue/x/pr-7-1a | nothing: spec.triggers.branches has no pattern for the branch of the merge group
            refs/tags/v1          | a run of v1, unless its commit has had one or is skipped
            refs/tags/nightly     | nothing: spec.triggers.tags has no pattern for nightly
            refs/pull/7/head      | nothing: spec.triggers.pullRequests.enabled is false
            refs/notes/commits    | nothing: the ref is not a branch, a tag or the head of a pull request
            """)
    void refsAreComparedWithTheTriggers(String ref, String expected) {
        assertThat(wouldStart(ref, "1".repeat(40))).isEqualTo(expected);
    }

    @Test
    void pullRequestsThatAreFollowedAreNamed() {
        var preview = new DeliveryPreview(RefFilter.of(List.of(), List.of(), true));
        assertThat(preview.added(delivery("refs/pull/7/head", null)).wouldStart())
                .startsWith("a run of pull/7/head");
    }

    @Test
    void deletedAndUnnamedRefsStartNothing() {
        assertThat(wouldStart("refs/heads/main", Delivery.Told.DELETED)).isEqualTo("nothing: the ref was deleted");
        assertThat(wouldStart(null, null)).startsWith("not known");
    }

    @Provide
    Arbitrary<String> hostile() {
        return HostileTexts.refs();
    }

    @Property
    void anyRefFitsIntoTheStatus(@ForAll("hostile") String ref) {
        assertThat(wouldStart(ref, null)).isNotBlank().hasSizeLessThanOrEqualTo(WebhookDelivery.RESULT_LENGTH);
    }

    private static @Nullable String wouldStart(@Nullable String ref, @Nullable String commit) {
        return PREVIEW.added(delivery(ref, commit)).wouldStart();
    }

    private static WebhookDelivery delivery(@Nullable String ref, @Nullable String commit) {
        return WebhookDeliveryBuilder.builder()
                .receivedAt("2026-03-01T12:00:00Z")
                .event("push")
                .result("started 1 run")
                .ref(ref)
                .commit(commit)
                .build();
    }
}
