package dev.hearth.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.hearth.api.ForgeType;
import dev.hearth.core.HostileTexts;
import dev.hearth.core.trigger.Delivery.Told;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Payloads as the forges document them, shortened. */
class ToldRefReaderTest {
    private static final String COMMIT = "1".repeat(40);
    private static final String ZEROS = "0".repeat(40);

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            GitHub  | push         | {"ref": "refs/heads/main", "before": "%1$s", "after": "%1$s"} | refs/heads/main
            GitHub  | create       | {"ref": "v1", "ref_type": "tag", "master_branch": "main"}      | refs/tags/v1
            GitHub  | pull_request | {"action": "opened", "number": 7, "pull_request": {"number": 7, "head": {"ref": "x", "sha": "%1$s"}}} | refs/pull/7/head
            GitHub  | merge_group  | {"merge_group": {"head_sha": "%1$s", "head_ref": "refs/heads/gh-readonly-queue/main/pr-7-1"}} | refs/heads/gh-readonly-queue/main/pr-7-1
            GitLab  | Push Hook    | {"object_kind": "push", "after": "%1$s", "ref": "refs/heads/main", "project": {"id": 1}} | refs/heads/main
            GitLab  | Tag Push Hook | {"ref": "refs/tags/v1", "after": "%1$s"}                      | refs/tags/v1
            GitLab  | Merge Request Hook | {"object_attributes": {"id": 90, "iid": 16, "last_commit": {"id": "%1$s"}}} | refs/merge-requests/16/head
            Gitea   | create       | {"sha": "%1$s", "ref": "next", "ref_type": "branch"}           | refs/heads/next
            Forgejo | pull_request | {"action": "synchronized", "pull_request": {"number": 3, "head": {"sha": "%1$s"}}} | refs/pull/3/head
            """)
    void eventsOfForgesTellARef(ForgeType forge, String event, String body, String ref) throws IOException {
        assertThat(read(forge, event, body.formatted(COMMIT)))
                .get()
                .returns(ref, Told::ref)
                .satisfies(it -> assertThat(it.commit()).isIn(COMMIT, null));
    }

    /** With a path for each of them, they would take seconds. */
    @Test
    @Timeout(10)
    void longNamesAroundManyValuesAreSkipped() throws IOException {
        var name = "x".repeat(50_000);
        var body = ("{\"" + name + "\": ").repeat(3) + "[" + "1,".repeat(49_000) + "1]" + "}".repeat(3);

        assertThat(read(ForgeType.GitHub, "push", body.replaceFirst("[{]", "{\"ref\": \"refs/heads/a\", ")))
                .contains(new Told("refs/heads/a", null));
    }

    @Test
    void encodingThatIsNoneTellsNothing() {
        assertThat(ToldRefReader.read(ForgeType.GitHub, "push", new byte[] {0, 0, (byte) 0xff, (byte) 0xfe, 1}))
                .isEmpty();
    }

    @Test
    void commitIsTold() throws IOException {
        assertThat(read(ForgeType.GitHub, "push", "{\"ref\": \"refs/heads/a\", \"after\": \"" + COMMIT + "\"}"))
                .contains(new Told("refs/heads/a", COMMIT));
        assertThat(read(ForgeType.GitHub, "push", "{\"ref\": \"refs/heads/a\", \"after\": \"HEAD\"}"))
                .contains(new Told("refs/heads/a", null));
    }

    @Test
    void deletionIsTold() throws IOException {
        assertThat(read(ForgeType.Gitea, "delete", "{\"ref\": \"next\", \"ref_type\": \"branch\"}"))
                .contains(new Told("refs/heads/next", Told.DELETED));
        assertThat(read(ForgeType.GitLab, "Push Hook", "{\"after\": \"" + ZEROS + "\", \"ref\": \"refs/heads/a\"}"))
                .contains(new Told("refs/heads/a", Told.DELETED));
    }

    /** Only the beginning of a large body is read. */
    @Test
    void beginningOfABodyIsEnough() throws IOException {
        assertThat(read(ForgeType.GitHub, "push", "{\"ref\": \"refs/heads/a\", \"commits\": [{\"id\": \"12"))
                .contains(new Told("refs/heads/a", null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "x",
                "{",
                "{\"ref\": null}",
                "{\"ref\": \"main\"}",
                "{\"ref\": {\"ref\": \"refs/heads/a\"}}",
                "{\"issue\": {\"number\": 7}}",
                "{\"object_attributes\": {\"iid\": -7}}",
                "{\"object_attributes\": {\"iid\": 1e9}}",
                "{\"ref\": \"refs/heads/a\\nb\"}"
            })
    void otherBodiesTellNone(String body) throws IOException {
        assertThat(read(ForgeType.GitLab, "Note Hook", body)).isEmpty();
    }

    @Provide
    Arbitrary<String> hostile() {
        return HostileTexts.refs();
    }

    @Property
    void whatIsToldFitsIntoALineOfAStatus(@ForAll("hostile") String text) throws IOException {
        var body = JsonMapper.builder().build().writeValueAsString(Map.of("ref", text, "after", text));
        assertThat(read(ForgeType.GitHub, "push", body))
                .satisfies(told -> assertThat(told.map(Told::ref).orElse(""))
                        .hasSizeLessThanOrEqualTo(1024)
                        .matches(it -> !HostileTexts.breaksLine(it)));
    }

    private static Optional<Told> read(ForgeType forge, String event, String body) throws IOException {
        return ToldRefReader.read(forge, event, body.getBytes(UTF_8));
    }
}
