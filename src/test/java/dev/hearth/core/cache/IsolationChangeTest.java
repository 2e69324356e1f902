package dev.hearth.core.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.Isolation;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.SealedGeneration;
import dev.hearth.api.Seed;
import dev.hearth.api.SeedMode;
import dev.hearth.api.Trust;
import dev.hearth.core.cache.Generations.Fate;
import dev.hearth.core.plan.Names;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What was written under one isolation is not read under another. */
class IsolationChangeTest {
    private static final String PLATFORM = "linux/amd64";
    private static final Source MAIN = source(Isolation.UserNamespace);

    @ParameterizedTest
    @EnumSource
    void volumeIsOfTheIsolationOfItsFirstRun(Isolation isolation) {
        var volume = decide(ScopeVolume.unused(PLATFORM, "unused"), isolation, List.of());

        assertThat(volume.isolation()).isEqualTo(isolation);
        assertThat(volume.claim()).isEqualTo(Names.volume("scope", PLATFORM, isolation));
    }

    @Test
    void eachIsolationHasAVolumeOfItsOwn() {
        assertThat(List.of(Isolation.values()))
                .extracting(isolation -> Names.volume("scope", PLATFORM, isolation))
                .doesNotHaveDuplicates();
    }

    @Test
    void volumeOfAnotherIsolationIsLeftAndTheNextOneSaysSo() {
        var volume = decide(used(Isolation.Rootless), Isolation.UserNamespace, List.of(MAIN));

        assertThat(volume.claim()).isEqualTo(Names.volume("scope", PLATFORM, Isolation.UserNamespace));
        assertThat(volume.generations()).isEmpty();
        assertThat(volume.last()).isNull();
        assertThat(volume.repeats()).isFalse();
        assertThat(volume.seed()).isNotNull().satisfies(seed -> {
            assertThat(seed.mode()).isEqualTo(SeedMode.Overlay);
            assertThat(seed.message()).contains("isolation UserNamespace now and had Rootless");
        });
    }

    @Test
    void volumeOfTheSameIsolationStays() {
        var before = used(Isolation.Rootless);

        var volume = decide(before, Isolation.Rootless, List.of());

        assertThat(volume)
                .returns(before.claim(), ScopeVolume::claim)
                .returns(before.seed(), ScopeVolume::seed)
                .returns(before.last(), ScopeVolume::last);
    }

    @Test
    void runThatHasTheVolumeKeepsItsIsolation() {
        var before = used(Isolation.Rootless);

        var volume = decider(before, Isolation.UserNamespace, List.of(), "old").decide();

        assertThat(volume.isolation()).isEqualTo(Isolation.Rootless);
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
    void generationIsReadUnderItsOwnIsolationAlone(Isolation wrote, Isolation reads, SeedMode mode) {
        var seed = new SeedChoice(List.of(SeedMode.Overlay, SeedMode.Copy), List.of(source(wrote)), means(reads))
                .choose("run");

        assertThat(seed.mode()).as(seed.message()).isEqualTo(mode);
        if (wrote != reads) {
            assertThat(seed.message()).contains("sealed under isolation " + wrote);
        }
    }

    private static ScopeVolume decide(ScopeVolume before, Isolation isolation, List<Source> sources) {
        return decider(before, isolation, sources, "run").decide();
    }

    private static VolumeDecider decider(ScopeVolume before, Isolation isolation, List<Source> sources, String holder) {
        var tenant = new Tenant(holder, "c0ffee", Optional.empty(), List.of("refs/heads/main"), List.of(), Fate.Open);
        return new VolumeDecider(new VolumeFacts(
                before,
                Names.volume("scope", PLATFORM, isolation),
                Optional.empty(),
                Optional.of(holder),
                1,
                Map.of(holder, tenant),
                Optional.empty(),
                sources,
                Set.of(),
                Set.of(),
                Optional.empty(),
                Optional.empty(),
                CachePolicySpec.DEFAULT,
                1 << 20,
                means(isolation)));
    }

    private static SeedChoice.Means means(Isolation isolation) {
        return new SeedChoice.Means(Trust.Untrusted, isolation, true, Long.MAX_VALUE, "buildkit");
    }

    private static ScopeVolume used(Isolation isolation) {
        var seed = new Seed(SeedMode.Cold, "nothing", null, null, null, null, null, "old", List.of());
        var last = new ScopeVolume.LastUse(
                "old", "2026-01-01T00:00:00Z", "c0ffee", null, true, "1Mi", null, null, null, null, null);
        return new ScopeVolume(
                PLATFORM,
                Names.volume("scope", PLATFORM, isolation),
                null,
                isolation,
                "old",
                null,
                false,
                seed,
                last,
                1,
                null,
                List.of(generation(isolation)),
                null);
    }

    private static Source source(Isolation isolation) {
        return new Source("refs/heads/main", ScopeVolume.unused("linux/amd64", "main-claim"), generation(isolation));
    }

    private static SealedGeneration generation(Isolation isolation) {
        return new SealedGeneration(
                1,
                SealedGeneration.State.Sealed,
                "old",
                "c0ffee",
                null,
                "1Mi",
                "1Mi",
                "2026-01-01T00:00:00Z",
                false,
                null,
                "buildkit",
                isolation,
                List.of());
    }
}
