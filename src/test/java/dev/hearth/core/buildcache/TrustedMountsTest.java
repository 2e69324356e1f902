package dev.hearth.core.buildcache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.GenerationRef;
import dev.hearth.api.IsolationForm;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.SealedGeneration;
import dev.hearth.api.SealedGenerationBuilder;
import dev.hearth.api.SeedMode;
import dev.hearth.api.TaskSpec;
import dev.hearth.api.Trust;
import dev.hearth.core.Specs;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Pods of an untrusted run with a privileged build or task mount no volume of a trusted ref. */
class TrustedMountsTest {
    private static final TaskSpec CONFINED = Specs.task("unit", List.of(), List.of());
    private static final TaskSpec PRIVILEGED = Specs.task("docker", "podSecurity: Privileged");

    @Test
    void untrustedRunWithoutPrivilegesMayMountTrustedVolumes() {
        assertThat(isAllowed(
                        Trust.Untrusted,
                        List.of(CONFINED),
                        Set.of(IsolationForm.UserNamespace, IsolationForm.Rootless)))
                .isTrue();
        assertThat(isAllowed(Trust.Untrusted, List.of(CONFINED), Set.of())).isTrue();
    }

    @Test
    void untrustedRunWithAPrivilegedTaskOrBuildMayNot() {
        assertThat(isAllowed(Trust.Untrusted, List.of(CONFINED, PRIVILEGED), Set.of()))
                .isFalse();
        assertThat(isAllowed(
                        Trust.Untrusted,
                        List.of(CONFINED),
                        Set.of(IsolationForm.UserNamespace, IsolationForm.Privileged)))
                .isFalse();
    }

    @Test
    void trustedRunMayAlways() {
        assertThat(isAllowed(Trust.Trusted, List.of(PRIVILEGED), Set.of(IsolationForm.Privileged)))
                .isTrue();
    }

    /** For every seed mode that the policy can list. */
    @ParameterizedTest
    @EnumSource(names = {"Overlay", "Snapshot", "Copy", "Import"})
    void privilegedBuildOfAnUntrustedRefMountsOnlyItsOwnVolume(SeedMode mode) {
        var untrusted = mount(Trust.Untrusted, IsolationForm.Privileged, mode);
        var trusted = mount(Trust.Trusted, IsolationForm.Privileged, mode);

        assertThat(untrusted.readClaims()).as(untrusted.seed().message()).isEmpty();
        assertThat(untrusted.seed().mode())
                .as(untrusted.seed().message())
                .isEqualTo(mode == SeedMode.Snapshot ? SeedMode.Snapshot : SeedMode.Cold);
        assertThat(trusted.seed().mode()).isEqualTo(mode == SeedMode.Overlay ? SeedMode.Cold : mode);
        assertThat(mount(Trust.Untrusted, IsolationForm.UserNamespace, mode)
                        .seed()
                        .mode())
                .isEqualTo(mode);
    }

    private static CacheMount mount(Trust trust, IsolationForm isolation, SeedMode mode) {
        var main = SealedGenerationBuilder.builder()
                .number(1)
                .state(SealedGeneration.State.Sealed)
                .run("main-1")
                .commit("c0ffee")
                .added("1Mi")
                .size("1Mi")
                .at("2026-01-01T00:00:00Z")
                .exported(true)
                .buildkit("buildkit")
                .snapshot("snapshot")
                .isolation(isolation)
                .build();
        var volume = ScopeVolume.unused("linux/amd64", "main-claim").withGenerations(List.of(main));
        var source = new SeedSource("refs/heads/main", volume, main, Optional.of(main), "");
        var means = new SeedChoice.Constraints(trust, isolation, true, Long.MAX_VALUE, "buildkit");
        var seed = new SeedChoice(List.of(mode), List.of(source), means).choose("run");
        assertThat(source.needs(main)).extracting(GenerationRef::claim).containsExactly("main-claim");
        return Specs.seeded(isolation, seed);
    }

    private static boolean isAllowed(Trust trust, Collection<TaskSpec> tasks, Collection<IsolationForm> builds) {
        return TrustedMounts.isAllowed(trust, tasks, builds);
    }
}
