package dev.hearth.core.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.Isolation;
import dev.hearth.api.TaskSpec;
import dev.hearth.api.Trust;
import dev.hearth.core.Specs;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DirectoryTrustTest {
    private static final TaskSpec CONFINED = Specs.task("unit", List.of(), List.of());
    private static final TaskSpec PRIVILEGED = Specs.task("docker", "podSecurity: Privileged");

    @Test
    void untrustedRunReadsOthersWhileAllOfItIsConfined() {
        assertThat(mayRead(Trust.Untrusted, List.of(CONFINED), Optional.of(Isolation.UserNamespace)))
                .isTrue();
        assertThat(mayRead(Trust.Untrusted, List.of(CONFINED), Optional.empty()))
                .isTrue();
    }

    @Test
    void privilegedTaskOrBuildCouldWriteThem() {
        assertThat(mayRead(Trust.Untrusted, List.of(CONFINED, PRIVILEGED), Optional.empty()))
                .isFalse();
        assertThat(mayRead(Trust.Untrusted, List.of(CONFINED), Optional.of(Isolation.Privileged)))
                .isFalse();
    }

    @Test
    void trustedRunReadsWhatItCouldHaveWritten() {
        assertThat(mayRead(Trust.Trusted, List.of(PRIVILEGED), Optional.of(Isolation.Privileged)))
                .isTrue();
    }

    private static boolean mayRead(Trust trust, List<TaskSpec> tasks, Optional<Isolation> builds) {
        return DirectoryTrust.mayReadOthers(trust, tasks, builds);
    }
}
