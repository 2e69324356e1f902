package dev.hearth.controller.run;

import dev.hearth.api.Isolation;
import dev.hearth.api.SeedMode;
import dev.hearth.api.Trust;
import dev.hearth.buildkit.BuildCommand;
import dev.hearth.buildkit.DaemonConfig;
import dev.hearth.cluster.Storage;
import dev.hearth.controller.support.AllowedPods;
import dev.hearth.controller.support.HearthConfig;
import dev.hearth.core.cache.SeedChoice;
import dev.hearth.core.cache.Sizes;
import dev.hearth.core.plan.Durations;
import dev.hearth.core.plan.Names;
import dev.hearth.core.plan.Step;
import dev.hearth.core.run.Action;
import dev.hearth.core.secret.SecretUse;
import dev.hearth.pod.BuildPod;
import io.fabric8.kubernetes.api.model.Pod;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The pods of builds in this installation. */
@ApplicationScoped
public class BuildPods {
    private final HearthConfig config;
    private final Storage storage;
    private final AllowedPods allowed;

    public BuildPods(HearthConfig config, Storage storage, AllowedPods allowed) {
        this.config = config;
        this.storage = storage;
        this.allowed = allowed;
    }

    Pod of(RunView view, Action.StartBuilds start, Instant now) {
        var insecure = config.registries().insecure().orElse(Set.of());
        var frame = PodFrames.of(
                view, Names.buildPod(view.name(), start.platform(), start.attempt()), PodFrames.left(view, now), now);
        var isolation = start.cache().isolation();
        var toml = new DaemonConfig(config.registries().mirrors(), insecure, isolation).toml();
        var imports = start.cache().seed().mode() == SeedMode.Cold
                ? view.spec().cache().imports()
                : List.<String>of();
        var command = new BuildCommand(view.spec().source().url(), view.commit(), insecure, imports);
        var rules = allowed.of(view.spec().cache().policy(), view.namespace(), view.trust());
        var choice = view.choice(storage);
        return new BuildPod(frame, tools(choice, isolation), toml, isolation, command, exports(choice, start), rules)
                .of(view.scopeName(), start.platform(), start.cache(), start.builds(), secrets(view, start.builds()));
    }

    private BuildPod.Tools tools(Storage.Choice choice, Isolation isolation) {
        var limit = choice.policySpec()
                .map(policy -> Durations.parse(policy.seedWithin()))
                .orElse(Duration.ZERO);
        var image = HearthConfig.Buildkit.image(config.buildkit(), isolation);
        return new BuildPod.Tools(image, config.tools().image(), limit, claimBytes(choice));
    }

    /** Only what others may start from, and only where they can start in no better way. */
    private static boolean exports(Storage.Choice choice, Action.StartBuilds start) {
        return start.cache().sealing().isPresent()
                && choice.policySpec()
                        .filter(policy -> SeedChoice.needsExports(
                                policy.seed(), start.cache().isolation()))
                        .isPresent();
    }

    /** What reads the repository is out of reach of any step, so every run has it; what pushes, trusted ones alone. */
    private static BuildPod.Secrets secrets(RunView view, List<Step.Build> builds) {
        var git = Optional.ofNullable(view.spec().source().credentials()).map(it -> it.secretName());
        if (view.trust() == Trust.Untrusted) {
            return new BuildPod.Secrets(git, Map.of());
        }
        var push = new HashMap<String, String>();
        for (Step.Build build : builds) {
            Optional.ofNullable(build.push())
                    .flatMap(it -> SecretUse.of(build.spec().name(), it))
                    .ifPresent(use -> push.put(build.spec().name(), use.secret()));
        }
        return new BuildPod.Secrets(git, push);
    }

    private static long claimBytes(Storage.Choice choice) {
        return choice instanceof Storage.Choice.Chosen chosen
                ? Sizes.kib(chosen.storage().size()) << 10
                : 0;
    }
}
