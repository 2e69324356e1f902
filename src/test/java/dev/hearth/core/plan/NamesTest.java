package dev.hearth.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.IsolationForm;
import dev.hearth.api.OperatingSystem;
import dev.hearth.api.Trust;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class NamesTest {
    private static final String LABEL = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?";

    private static final String SOURCE = "https://git.example/app";

    @Provide
    Arbitrary<String> names() {
        return Arbitraries.strings()
                .withCharRange('a', 'z')
                .numeric()
                .ofMinLength(1)
                .ofMaxLength(40);
    }

    @Property
    void everyNameIsADnsLabel(@ForAll("names") String pipeline, @ForAll @StringLength(max = 300) String ref) {
        var run = Names.run(pipeline, ref, "0123456789abcdef0123456789abcdef01234567");
        var scope = Names.scope(pipeline, SOURCE, ref, Trust.Trusted);
        assertThat(Stream.of(
                        run,
                        scope,
                        Names.buildPod(run, "linux/arm/v7", 1),
                        Names.taskPod(run, "a-task-of-thirty-characters-xx", MatrixCell.ONLY, 12),
                        Names.artifactUploadPod(run, "database[db=" + ref + "]", 1),
                        Names.snapshot(Names.volume(scope, "linux/arm/v7", IsolationForm.Rootless), 100)))
                .allMatch(name -> name.matches(LABEL));
        assertThat(Names.volume(scope, "linux/arm/v7", IsolationForm.Privileged))
                .matches("[a-z0-9-]{1,100}");
    }

    @Property
    void differentRefsHaveDifferentScopes(@ForAll String one, @ForAll String other) {
        assertThat(Names.scope("p", SOURCE, one, Trust.Trusted).equals(Names.scope("p", SOURCE, other, Trust.Trusted)))
                .isEqualTo(one.equals(other));
    }

    @Test
    void similarStepsHaveDifferentPods() {
        assertThat(Names.artifactUploadPod("run", "database[db=a]", 1)).startsWith("hearth-run-publish-database-db-a-");
        assertThat(Names.artifactUploadPod("run", "database[db=a]", 1))
                .isNotEqualTo(Names.artifactUploadPod("run", "database[db:a]", 1));
        assertThat(Names.artifactUploadPod("run", "unit", 1)).startsWith("hearth-run-publish-unit-");
    }

    @Test
    void similarRefsHaveDifferentScopes() {
        var refs = List.of(
                "refs/heads/main",
                "refs/heads/MAIN",
                "refs/heads/ma/in",
                "refs/heads/mаin",
                "refs/heads/main ",
                "refs/tags/main");

        assertThat(refs.stream().map(ref -> Names.scope("p", SOURCE, ref, Trust.Trusted)))
                .doesNotHaveDuplicates();
        assertThat(Names.scope("p", SOURCE, "refs/heads/main", Trust.Untrusted))
                .isNotEqualTo(Names.scope("p", SOURCE, "refs/heads/main", Trust.Trusted));
        assertThat(Names.scope("p", "https://git.example/fork", "refs/heads/main", Trust.Trusted))
                .isNotEqualTo(Names.scope("p", SOURCE, "refs/heads/main", Trust.Trusted));
        // Nor do pipeline and ref run into each other.
        assertThat(Names.scope("a", SOURCE, "brefs", Trust.Trusted))
                .isNotEqualTo(Names.scope("ab", SOURCE, "refs", Trust.Trusted));
    }

    @Property
    void everyGenerationHasItsOwnSnapshot(@ForAll("names") String pipeline) {
        var volume = Names.volume(
                Names.scope(pipeline, SOURCE, "refs/heads/main", Trust.Trusted), "linux/amd64", IsolationForm.Rootless);
        assertThat(Stream.of(1, 2, 12).map(generation -> Names.snapshot(volume, generation)))
                .doesNotHaveDuplicates()
                .allMatch(name -> name.startsWith("hearth-"));
    }

    @Property
    void volumeOfTaskCachesTellsItsScope(@ForAll("names") String pipeline, @ForAll OperatingSystem os) {
        var scope = Names.scope(pipeline, SOURCE, "refs/heads/main", Trust.Trusted);
        var volume = Names.taskCacheVolume(scope, os);
        assertThat(Names.scopeOfTaskCaches(volume)).contains(scope);
        assertThat(Names.isVolume(volume, scope)).isTrue();
        assertThat(Names.scopeOfTaskCaches(Names.volume(scope, "linux/amd64", IsolationForm.Rootless)))
                .isEmpty();
    }

    @Property
    void stepsOfRunsWithLongNamesHaveDifferentPods(@ForAll @StringLength(min = 64, max = 200) String run) {
        assertThat(Stream.of(Names.taskPod(run, "a", MatrixCell.ONLY, 1), Names.taskPod(run, "b", MatrixCell.ONLY, 1)))
                .doesNotHaveDuplicates()
                .allMatch(name -> name.length() <= 63);
    }
}
