package dev.hearth.controller.run.pods;

import dev.hearth.api.IsolationForm;
import dev.hearth.api.SeedMode;
import dev.hearth.api.Trust;
import dev.hearth.buildkit.BuildRequests;
import dev.hearth.buildkit.DaemonConfig;
import dev.hearth.cluster.storage.StorageResolver;
import dev.hearth.config.HearthConfig;
import dev.hearth.controller.access.PodRuleResolver;
import dev.hearth.controller.run.context.RunContext;
import dev.hearth.controller.support.ResourceName;
import dev.hearth.core.buildcache.SeedChoice;
import dev.hearth.core.plan.Names;
import dev.hearth.core.plan.Step;
import dev.hearth.core.retention.NamedArtifacts;
import dev.hearth.core.run.Action;
import dev.hearth.core.secret.SecretUse;
import dev.hearth.core.text.Durations;
import dev.hearth.core.text.Sizes;
import dev.hearth.pod.build.BuildPod;
import dev.hearth.pod.build.BuildPodBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;

/** Creates build pods with the settings of this installation and of the policy. */
@ApplicationScoped
public class BuildPodFactory {
    private static final Logger LOG = Logger.getLogger(BuildPodFactory.class);

    /** The requests are there when the pod is created, and so is the file when a container starts. */
    private static final Duration WAIT_LIMIT = Duration.ofMinutes(1);

    private final HearthConfig config;
    private final PodRuleResolver podRules;

    public BuildPodFactory(HearthConfig config, PodRuleResolver podRules) {
        this.config = config;
        this.podRules = podRules;
    }

    public Pod build(RunContext run, Action.StartBuilds start, Instant now) {
        var insecure = HearthConfig.Registries.plainHttp(config.registries());
        var frame = run.podFrame(
                Names.buildPod(run.name(), start.platform(), start.attempt()), run.remainingTime(now), now);
        var isolation = start.cache().isolation();
        var toml = new DaemonConfig(config.registries().mirrors(), insecure, isolation).toml();
        var imports = start.cache().seed().mode() == SeedMode.Cold
                ? run.spec().cache().imports()
                : List.<String>of();
        var requests = new BuildRequests(run.spec().source().url(), run.commit(), insecure, imports);
        var rules = podRules.resolve(run.spec().cache().policy(), run.namespace(), run.trust());
        var choice = run.storage();
        return BuildPodBuilder.builder()
                .frame(frame)
                .settings(settings(choice, isolation))
                .toml(toml)
                .isolation(isolation)
                .requests(requests)
                .exports(exports(choice, start))
                .artifacts(artifacts(run, start.cache().claim()))
                .rules(rules)
                .build()
                .build(run.scopeName(), start.platform(), start.cache(), start.builds(), secrets(run, start.builds()));
    }

    private BuildPod.Settings settings(StorageResolver.Selection choice, IsolationForm isolation) {
        var limit = choice.policySpec()
                .map(policy -> Durations.parse(policy.seedWithin()))
                .orElse(Duration.ZERO);
        var image = HearthConfig.Agent.image(config.agent(), isolation);
        return new BuildPod.Settings(image, limit, WAIT_LIMIT, claimBytes(choice));
    }

    /** A run that cannot be read may name any artifact. */
    private static Optional<List<String>> artifacts(RunContext run, String claim) {
        if (!run.readsAll()) {
            LOG.debugf(
                    "%s: keeps all artifacts, since a run of the namespace cannot be read",
                    ResourceName.of(run.resource()));
            return Optional.empty();
        }
        return Optional.of(NamedArtifacts.on(claim, run.siblingsAndSelf()));
    }

    /**
     * Whether generations are exported as an image: if one is sealed, and the policy has no better seed mode for it.
     */
    private static boolean exports(StorageResolver.Selection choice, Action.StartBuilds start) {
        return start.cache().sealing().isPresent()
                && choice.policySpec()
                        .filter(policy -> SeedChoice.needsExports(
                                policy.seed(), start.cache().isolation()))
                        .isPresent();
    }

    /**
     * No step can reach the Secret of the repository, so every run has it. Only trusted runs have Secrets for pushes.
     */
    private static BuildPod.Secrets secrets(RunContext run, List<Step.Build> builds) {
        var git = Optional.ofNullable(run.spec().source().credentials()).map(it -> it.secretName());
        if (run.trust() == Trust.Untrusted) {
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

    private static long claimBytes(StorageResolver.Selection choice) {
        return choice instanceof StorageResolver.Selection.Chosen chosen
                ? Sizes.kib(chosen.storage().size()) << 10
                : 0;
    }
}
