package dev.hearth.core.buildcache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.IsolationForm;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.ScopeVolumeBuilder;
import dev.hearth.api.ScopeVolumeLastUseBuilder;
import dev.hearth.api.SealedGeneration;
import dev.hearth.api.SealedGenerationBuilder;
import dev.hearth.api.SeedBuilder;
import dev.hearth.api.SeedMode;
import dev.hearth.api.Trust;
import dev.hearth.core.buildcache.GenerationLifecycle.RunResult;
import dev.hearth.core.plan.Names;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Content that was written under one isolation is never read under another. */
class IsolationChangeTest {
    private static final String PLATFORM = "linux/amd64";
    private static final SeedSource MAIN = source(IsolationForm.UserNamespace);

    @ParameterizedTest
    @EnumSource
    void volumeHasTheIsolationOfItsFirstRun(IsolationForm isolation) {
        var volume = decide(ScopeVolume.unused(PLATFORM, "unused"), isolation, List.of());

        assertThat(volume.isolation()).isEqualTo(isolation);
        assertThat(volume.claim()).isEqualTo(Names.volume("scope", PLATFORM, isolation));
    }

    @Test
    void claimNamesDifferByIsolation() {
        assertThat(List.of(IsolationForm.values()))
                .extracting(isolation -> Names.volume("scope", PLATFORM, isolation))
                .doesNotHaveDuplicates();
    }

    @Test
    void replacesAVolumeOfAnotherIsolationAndSaysSo() {
        var volume = decide(used(IsolationForm.Rootless), IsolationForm.UserNamespace, List.of(MAIN));

        assertThat(volume.claim()).isEqualTo(Names.volume("scope", PLATFORM, IsolationForm.UserNamespace));
        assertThat(volume.generations()).isEmpty();
        assertThat(volume.lastUse()).isNull();
        assertThat(volume.repeatsCommit()).isFalse();
        assertThat(volume.seed()).isNotNull().satisfies(seed -> {
            assertThat(seed.mode()).isEqualTo(SeedMode.Overlay);
            assertThat(seed.message()).contains("isolation UserNamespace instead of Rootless");
        });
    }

    @Test
    void keepsAVolumeOfTheSameIsolation() {
        var before = used(IsolationForm.Rootless);

        var volume = decide(before, IsolationForm.Rootless, List.of());

        assertThat(volume)
                .returns(before.claim(), ScopeVolume::claim)
                .returns(before.seed(), ScopeVolume::seed)
                .returns(before.lastUse(), ScopeVolume::lastUse);
    }

    @Test
    void holderKeepsItsVolumeAndIsolation() {
        var before = used(IsolationForm.Rootless);

        var volume =
                decider(before, IsolationForm.UserNamespace, List.of(), "old").decide();

        assertThat(volume.isolation()).isEqualTo(IsolationForm.Rootless);
        assertThat(volume.claim()).isEqualTo(before.claim());
    }

    @ParameterizedTest
    @CsvSource({
        "UserNamespace, UserNamespace, Overlay",
        "Rootless, Rootless, Overlay",
        "Privileged, Privileged, Cold",
        "UserNamespace, Rootless, Cold",
        "Rootless, UserNamespace, Cold",
        "Privileged, UserNamespace, Cold"
    })
    void readsAGenerationOnlyUnderItsOwnIsolation(IsolationForm wrote, IsolationForm reads, SeedMode mode) {
        var seed = new SeedChoice(List.of(SeedMode.Overlay, SeedMode.Copy), List.of(source(wrote)), means(reads))
                .choose("run");

        assertThat(seed.mode()).as(seed.message()).isEqualTo(mode);
        if (wrote != reads) {
            assertThat(seed.message()).contains("sealed under isolation " + wrote);
        }
    }

    private static ScopeVolume decide(ScopeVolume before, IsolationForm isolation, List<SeedSource> sources) {
        return decider(before, isolation, sources, "run").decide();
    }

    private static VolumeDecider decider(
            ScopeVolume before, IsolationForm isolation, List<SeedSource> sources, String holder) {
        var run = new VolumeRun(
                holder, "c0ffee", Optional.empty(), List.of("refs/heads/main"), List.of(), RunResult.Pending);
        return new VolumeDecider(VolumeFactsBuilder.builder()
                .before(before)
                .claim(Names.volume("scope", PLATFORM, isolation))
                .uid(Optional.empty())
                .holder(Optional.of(holder))
                .number(1)
                .runs(Map.of(holder, run))
                .finishedPod(Optional.empty())
                .sources(sources)
                .existing(Set.of())
                .pinned(Set.of())
                .rollbackTo(Optional.empty())
                .defaultRecipe(Optional.empty())
                .policy(CachePolicySpec.DEFAULT)
                .size(1 << 20)
                .constraints(means(isolation))
                .build());
    }

    private static SeedChoice.Constraints means(IsolationForm isolation) {
        return new SeedChoice.Constraints(Trust.Untrusted, isolation, true, Long.MAX_VALUE, "buildkit");
    }

    private static ScopeVolume used(IsolationForm isolation) {
        var seed = SeedBuilder.builder()
                .mode(SeedMode.Cold)
                .message("nothing")
                .run("old")
                .build();
        var last = ScopeVolumeLastUseBuilder.builder()
                .run("old")
                .at("2026-01-01T00:00:00Z")
                .commit("c0ffee")
                .succeeded(true)
                .used("1Mi")
                .build();
        return ScopeVolumeBuilder.builder()
                .platform(PLATFORM)
                .claim(Names.volume("scope", PLATFORM, isolation))
                .repeatsCommit(false)
                .isolation(isolation)
                .run("old")
                .seed(seed)
                .lastUse(last)
                .generation(1)
                .generations(List.of(generation(isolation)))
                .build();
    }

    private static SeedSource source(IsolationForm isolation) {
        return new SeedSource(
                "refs/heads/main", ScopeVolume.unused("linux/amd64", "main-claim"), generation(isolation));
    }

    private static SealedGeneration generation(IsolationForm isolation) {
        return SealedGenerationBuilder.builder()
                .number(1)
                .state(SealedGeneration.State.Sealed)
                .run("old")
                .commit("c0ffee")
                .added("1Mi")
                .size("1Mi")
                .at("2026-01-01T00:00:00Z")
                .exported(false)
                .buildkit("buildkit")
                .isolation(isolation)
                .build();
    }
}
