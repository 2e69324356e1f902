package dev.hearth.core;

import dev.hearth.api.ArtifactsSpec;
import dev.hearth.api.BuildSpec;
import dev.hearth.api.BuildSpecBuilder;
import dev.hearth.api.CacheSpec;
import dev.hearth.api.ConcurrencySpec;
import dev.hearth.api.DraftRule;
import dev.hearth.api.GenerationRef;
import dev.hearth.api.HistorySpec;
import dev.hearth.api.IsolationForm;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.PipelineSpecBuilder;
import dev.hearth.api.PullRequestTriggerBuilder;
import dev.hearth.api.PushSpec;
import dev.hearth.api.PushSpecBuilder;
import dev.hearth.api.RefSelection;
import dev.hearth.api.Seed;
import dev.hearth.api.SeedBuilder;
import dev.hearth.api.SeedMode;
import dev.hearth.api.SourceSpecBuilder;
import dev.hearth.api.TaskSpec;
import dev.hearth.api.TriggersSpec;
import dev.hearth.api.TriggersSpecBuilder;
import dev.hearth.api.UserNamespaceMode;
import dev.hearth.core.buildcache.CacheMount;
import dev.hearth.core.buildcache.CacheMountBuilder;
import dev.hearth.core.buildcache.SeedChoice;
import dev.hearth.core.isolation.PreflightResult.Result;
import dev.hearth.core.isolation.UserNamespaceDecider;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Specs for tests, with defaults for what a test is not about. */
public final class Specs {
    private Specs() {}

    public static PipelineSpec pipeline(List<BuildSpec> builds, List<TaskSpec> tasks) {
        return PipelineSpecBuilder.builder()
                .source(SourceSpecBuilder.builder()
                        .url("https://git.example/app.git")
                        .allowPlainHttp(false)
                        .build())
                .triggers(triggers(List.of("main"), List.of(), false))
                .cache(new CacheSpec(null, List.of(), List.of()))
                .timeout("90m")
                .pendingTimeout("15m")
                .infrastructureRetries(2)
                .concurrency(ConcurrencySpec.DEFAULT)
                .artifacts(ArtifactsSpec.VOLUME)
                .history(HistorySpec.DEFAULT)
                .trust(new RefSelection(List.of("main", "release/*"), List.of()))
                .builds(builds)
                .tasks(tasks)
                .build();
    }

    /** Every pod of a task can have a user namespace. */
    public static final UserNamespaceDecider USERS =
            new UserNamespaceDecider(UserNamespaceMode.Auto, Optional.of(new Result.Possible()), true);

    /** A volume that begins with nothing and that nobody may start from. */
    public static final CacheMount CACHE = CacheMountBuilder.builder()
            .claim("claim")
            .isolation(IsolationForm.UserNamespace)
            .seed(SeedChoice.cold("run", "test"))
            .seeding(true)
            .sealing(Optional.empty())
            .keep(List.of())
            .fallback(Optional.empty())
            .repeatsCommit(false)
            .origin("Cold: test")
            .warm(Optional.empty())
            .build();

    /** The mount of the first run on a volume that is filled from main. */
    public static CacheMount seededFromMain(IsolationForm isolation, SeedMode mode) {
        return seeded(
                isolation,
                SeedBuilder.builder()
                        .mode(mode)
                        .message("main")
                        .run("run")
                        .ref("refs/heads/main")
                        .claim("main")
                        .generation(1)
                        .commit("c0ffee")
                        .needs(List.of(new GenerationRef("main", "u", 1)))
                        .build());
    }

    /** The mount of the first run on a volume that is filled from a seed. */
    public static CacheMount seeded(IsolationForm isolation, Seed seed) {
        return CacheMountBuilder.builder()
                .claim("claim")
                .isolation(isolation)
                .seed(seed)
                .seeding(true)
                .sealing(Optional.of(2))
                .keep(List.of())
                .fallback(Optional.empty())
                .repeatsCommit(false)
                .origin("")
                .warm(Optional.empty())
                .build();
    }

    public static TriggersSpec triggers(List<String> branches, List<String> tags, boolean pullRequests) {
        return TriggersSpecBuilder.builder()
                .poll("1m")
                .pullRequests(PullRequestTriggerBuilder.builder()
                        .enabled(pullRequests)
                        .drafts(DraftRule.Run)
                        .build())
                .branches(branches)
                .tags(tags)
                .build();
    }

    /** Keeps its files, for one platform. */
    public static BuildSpec build(String name, @Nullable PushSpec push) {
        return BuildSpecBuilder.builder()
                .name(name)
                .dockerfile("Dockerfile")
                .context("")
                .target("")
                .artifact(true)
                .platforms(List.of("linux/amd64"))
                .push(push)
                .build();
    }

    public static PushSpec push(String... tags) {
        return PushSpecBuilder.builder()
                .repository("registry.example/app")
                .tags(List.of(tags))
                .refs(new RefSelection(List.of("main"), List.of()))
                .build();
    }

    public static TaskSpec task(String name, List<String> needs, List<String> artifacts) {
        return task(name, "needs: " + needs + "\nartifacts: " + artifacts);
    }

    /** A task with more than that, as YAML. */
    public static TaskSpec task(String name, String yaml) {
        return Serialization.unmarshal(
                "name: " + name + "\nimage: busybox\ncommand: [\"true\"]\n" + yaml, TaskSpec.class);
    }
}
