package dev.hearth.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Trust;
import dev.hearth.core.HostileTexts;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.ref.RefFilter;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What strangers call their refs never becomes an invalid name of an object, nor that of another ref. */
class HostileNamesTest {
    private static final int TRIES = 10_000;
    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    @Property(tries = TRIES)
    void namesOfObjectsAreValidAndDiffer(@ForAll("refs") String one, @ForAll("refs") String other) {
        assertThat(names(one)).allMatch(name -> name.matches("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"));
        if (!one.equals(other)) {
            assertThat(Names.otherRun("app", one, COMMIT)).isNotEqualTo(Names.otherRun("app", other, COMMIT));
            assertThat(Names.scope("app", "source", one, Trust.Trusted))
                    .isNotEqualTo(Names.scope("app", "source", other, Trust.Trusted));
            assertThat(Names.source(one)).isNotEqualTo(Names.source(other));
        }
    }

    /** The namespace alone makes a ref trusted, whatever follows it. */
    @Property(tries = TRIES)
    void pullRequestsAreNeverTrusted(@ForAll("refs") String name) {
        var ref = GitRef.of(name);
        assertThat(ref.label()).isNotNull();
        var trust = RefFilter.of(List.of("**"), List.of("**"), false).trust(ref);
        assertThat(trust == Trust.Trusted).isEqualTo((name.startsWith("refs/heads/") || name.startsWith("refs/tags/")));
        ref.number().ifPresent(number -> assertThat(name).matches("refs/(pull|merge-requests)/0*" + number + "/head"));
    }

    /** A ref has no placeholders: what a template puts in is not read again. */
    @Property(tries = TRIES)
    void placeholdersInNamesAreNotReplaced(@ForAll("texts") String text) {
        assertThat(Template.fill("a {branch} b", Map.of("branch", text))).isEqualTo("a " + text + " b");
    }

    private static List<String> names(String ref) {
        return Stream.of(
                        Names.run("app", ref, COMMIT),
                        Names.otherRun("app", ref, COMMIT),
                        Names.runAfter("app", ref, COMMIT, ref),
                        Names.scope("app", ref, ref, Trust.Untrusted),
                        Names.taskPod("app-1", "unit", MatrixCell.of(Map.of("value", ref)), 2))
                .toList();
    }

    @Provide
    Arbitrary<String> refs() {
        return HostileTexts.refs();
    }

    @Provide
    Arbitrary<String> texts() {
        return HostileTexts.any();
    }
}
