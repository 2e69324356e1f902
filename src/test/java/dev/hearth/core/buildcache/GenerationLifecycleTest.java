package dev.hearth.core.buildcache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.SealedGeneration;
import dev.hearth.api.SealedGeneration.State;
import dev.hearth.api.SealedGenerationBuilder;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GenerationLifecycleTest {

    @Test
    void replacesAGenerationOfTheSameNumber() {
        var known = List.of(generation(2, State.Sealed), generation(1, State.Sealed));

        assertThat(GenerationLifecycle.add(known, generation(2, State.Candidate)))
                .containsExactly(generation(2, State.Candidate), generation(1, State.Sealed));
        assertThat(GenerationLifecycle.add(known, generation(3, State.Candidate)))
                .containsExactly(
                        generation(3, State.Candidate), generation(2, State.Sealed), generation(1, State.Sealed));
    }

    @Test
    void onlySealedGenerationsCountAmongTheNewest() {
        var known = List.of(
                generation(6, State.Candidate),
                generation(5, State.RolledBack),
                generation(4, State.Sealed),
                generation(3, State.Sealed),
                generation(2, State.Sealed),
                generation(1, State.RolledBack));

        assertThat(GenerationLifecycle.retain(known, 2, Set.of(1)))
                .containsExactly(
                        generation(6, State.Candidate),
                        generation(5, State.Leaving),
                        generation(4, State.Sealed),
                        generation(3, State.Sealed),
                        generation(2, State.Leaving),
                        generation(1, State.RolledBack));
    }

    /** A volume may have chosen one of them before they were marked, and have recorded that since. */
    @Test
    void whatIsLeavingGoesUnlessAVolumeReadsIt() {
        var known = List.of(generation(3, State.Leaving), generation(2, State.Sealed), generation(1, State.Leaving));

        assertThat(GenerationLifecycle.retain(known, 1, Set.of(1)))
                .containsExactly(generation(2, State.Sealed), generation(1, State.RolledBack));
        assertThat(GenerationLifecycle.rollBack(known, 2)).isEqualTo(known);
    }

    private static SealedGeneration generation(int number, State state) {
        return SealedGenerationBuilder.builder()
                .number(number)
                .state(state)
                .run("run")
                .commit("c0ffee")
                .added("1Mi")
                .size("2Mi")
                .at("2026-01-01T00:00:00Z")
                .exported(false)
                .buildkit("buildkit")
                .build();
    }
}
