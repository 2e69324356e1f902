package dev.hearth.e2e;

import static dev.hearth.e2e.CacheFixture.scope;
import static dev.hearth.e2e.CacheFixture.sealed;
import static dev.hearth.e2e.CacheFixture.succeeded;
import static dev.hearth.e2e.CacheFixture.volume;
import static dev.hearth.testbed.TestNamespace.condition;
import static dev.hearth.testbed.TestNamespace.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.testbed.TestNamespace;
import dev.hearth.testbed.VolumeFiles;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Caches that break while nobody uses them: the next run succeeds, with what is left, and says so; the one after is as ever. */
class BrokenCachesE2E {
    private static final String TOOL = "tool/linux/amd64";
    private static final String MAIN = "refs/heads/main";

    @Test
    void brokenDatabase() {
        try (var work = TestNamespace.open("broken");
                var repository = work.repository()) {
            var commit = MinimalPipeline.push(repository);
            work.apply(CacheFixture.pipeline(repository, "builds: [{name: tool, artifact: true}]\n"));
            succeeded(work.finishedRunOf(commit));
            var claim = sealed(work, MAIN, commit).claim();
            try (var files = VolumeFiles.of(work, claim)) {
                files.shell("truncate -s 20000 root/runc-overlayfs/metadata_v2.db");
            }

            var repaired = succeeded(work.finished(work.start("small", MAIN, commit)));

            assertThat(step(repaired, TOOL).executed()).isZero();
            assertThat(step(repaired, TOOL).cacheFrom()).startsWith("Own: ");
            assertThat(condition(repaired, "CacheDegraded")).hasValueSatisfying(condition -> {
                assertThat(condition.reason()).isEqualTo("CacheBroken");
                assertThat(condition.message()).contains("begun again with generation 1 of this volume");
            });
            warned(work, repaired, "CacheDegraded", "generation 1 of this volume");
            warned(work, scope(work, MAIN), "CacheDegraded", "generation 1 of this volume");

            var healthy = succeeded(work.finished(work.start("small", MAIN, commit)));

            assertThat(step(healthy, TOOL).executed()).isZero();
            assertThat(condition(healthy, "CacheDegraded")).isEmpty();
            work.until(
                    "a healthy volume",
                    () -> Optional.ofNullable(volume(work, MAIN).lastUse())
                            .filter(last ->
                                    last.run().equals(healthy.getMetadata().getName()) && last.note() == null));
        }
    }

    private static void warned(TestNamespace work, HasMetadata about, String reason, String words) {
        work.until(
                "a warning " + reason,
                () -> work.client().v1().events().inNamespace(work.namespace()).list().getItems().stream()
                        .filter(event -> event.getInvolvedObject()
                                        .getUid()
                                        .equals(about.getMetadata().getUid())
                                && reason.equals(event.getReason())
                                && event.getMessage().contains(words))
                        .findFirst());
    }
}
