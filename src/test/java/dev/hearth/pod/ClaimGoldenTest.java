package dev.hearth.pod;

import dev.hearth.api.GenerationRef;
import dev.hearth.api.OperatingSystem;
import dev.hearth.api.ScopeVolume;
import dev.hearth.api.Seed;
import dev.hearth.api.SeedBuilder;
import dev.hearth.api.SeedMode;
import dev.hearth.core.buildcache.SeedChoice;
import dev.hearth.core.buildcache.StorageChoice;
import dev.hearth.core.plan.Names;
import dev.hearth.testbed.GoldenFiles;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The claims of caches and of what runs leave. */
class ClaimGoldenTest {
    private static final StorageChoice STANDARD = new StorageChoice(Optional.empty(), "20Gi");
    private static final StorageChoice FAST = new StorageChoice(Optional.of("fast"), "50Gi");
    private static final Seed SNAPSHOT = SeedBuilder.builder()
            .mode(SeedMode.Snapshot)
            .message("generation 3 of refs/heads/main")
            .run("app-1")
            .ref("refs/heads/main")
            .claim("hearth-app-main-linux-arm-v7")
            .generation(3)
            .commit("c0ffee")
            .snapshot("hearth-app-main-linux-arm-v7-3")
            .needs(List.of(new GenerationRef("hearth-app-main-linux-arm-v7", "uid", 3)))
            .build();

    @TestFactory
    Stream<DynamicTest> claims() {
        return GoldenFiles.tests(
                "claims",
                Map.of(
                        "cache",
                        cache("linux/amd64", SeedChoice.cold("app-1", "nothing is sealed"), STANDARD, null),
                        "cache-from-snapshot",
                        cache("linux/arm/v7", SNAPSHOT, FAST, "10Gi"),
                        "cache-from-snapshot-that-is-larger",
                        cache("linux/arm/v7", SNAPSHOT, FAST, "60Gi"),
                        "task-caches-for-linux",
                        directories(OperatingSystem.Linux),
                        "task-caches-for-windows",
                        directories(OperatingSystem.Windows)));
    }

    private static PersistentVolumeClaim cache(
            String platform, Seed seed, StorageChoice storage, @Nullable String atLeast) {
        var volume = ScopeVolume.unused(platform, "hearth-app-pull-7-" + platform.replace('/', '-'))
                .withSeed(seed);
        return VolumeClaims.cache(
                "ci", "app", "app-pull-7", volume, storage, atLeast, owner("CacheScope", "app-pull-7"));
    }

    private static PersistentVolumeClaim directories(OperatingSystem os) {
        return VolumeClaims.taskCaches(
                "ci",
                "app",
                "app-main",
                os,
                Names.taskCacheVolume("app-main", os),
                FAST,
                owner("CacheScope", "app-main"));
    }

    private static OwnerReference owner(String kind, String name) {
        return new OwnerReferenceBuilder()
                .withApiVersion("hearth.dev/v1alpha1")
                .withKind(kind)
                .withName(name)
                .withUid("uid-of-" + name)
                .withController(true)
                .build();
    }
}
