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
import dev.hearth.controller.support.OwnerReferences;
import dev.hearth.controller.support.ResourceName;
import dev.hearth.core.buildcache.SeedChoice;
import dev.hearth.core.plan.Names;
import dev.hearth.core.plan.Step;
import dev.hearth.core.retention.NamedArtifacts;
import dev.hearth.core.run.Action;
import dev.hearth.core.secret.SecretUse;
import dev.hearth.core.text.Durations;
import dev.hearth.core.text.Sizes;
import dev.hearth.pod.PodFrame;
import dev.hearth.pod.build.BuildPod;
import dev.hearth.pod.build.BuildPodBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Creates build pods with the settings of this installation and of the policy. */
@ApplicationScoped
public class BuildPodFactory {
    private static final Logger LOG = Logger.getLogger(BuildPodFactory.class);

    /** How much longer a pod waits than the operator keeps it, so that none ends while a run takes it. */
    private static final Duration WAIT_MARGIN = Duration.ofMinutes(5);

    private final HearthConfig config;
    private final PodRuleResolver podRules;

    public BuildPodFactory(HearthConfig config, PodRuleResolver podRules) {
        this.config = config;
        this.podRules = podRules;
    }

    public Pod build(RunContext run, Action.StartBuilds start, Instant now) {
        var frame = run.podFrame(
                Names.buildPod(run.name(), start.platform(), start.attempt()), run.remainingTime(now), now);
        return build(run, start, frame, artifacts(run, start.cache().claim()));
    }

    /**
     * Returns the pod that waits with a running daemon for the next run of a ref.
     *
     * @param last the last run of the ref
     * @param start the builds of that run, on the volume as the next run is to have it
     * @param owner the cache scope
     */
    public Pod warm(RunContext last, Action.StartBuilds start, String name, String fingerprint, OwnerReference owner) {
        return BuildPod.warm(
                build(
                        last,
                        start,
                        warmFrame(last, name, owner),
                        artifacts(last, start.cache().claim())),
                fingerprint);
    }

    /**
     * Returns what a pod that waits has to have in common with the one that a run would create. The list of artifacts is none of
     * it: a pod uses it only at its start.
     */
    public String fingerprint(RunContext run, Action.StartBuilds start) {
        var owner = OwnerReferences.controller(run.resource());
        var pod = BuildPod.warm(build(run, start, warmFrame(run, "any", owner), null), "");
        return Names.fingerprint(run.trust() + " " + Serialization.asJson(pod.getSpec()));
    }

    private static PodFrame warmFrame(RunContext run, String name, OwnerReference owner) {
        return new PodFrame(
                run.namespace(), run.pipeline(), Optional.empty(), run.trust(), name, owner, Duration.ZERO, false);
    }

    private Pod build(RunContext run, Action.StartBuilds start, PodFrame frame, @Nullable List<String> artifacts) {
        var insecure = HearthConfig.Registries.plainHttp(config.registries());
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
                .settings(settings(choice, isolation, run.trust()))
                .toml(toml)
                .isolation(isolation)
                .requests(requests)
                .exports(exports(choice, start))
                .artifacts(Optional.ofNullable(artifacts))
                .skipped(start.skipped())
                .rules(rules)
                .build()
                .build(run.scopeName(), start.platform(), start.cache(), start.builds(), secrets(run, start.builds()));
    }

    private BuildPod.Settings settings(StorageResolver.Selection choice, IsolationForm isolation, Trust trust) {
        var limit = choice.policySpec()
                .map(policy -> Durations.parse(policy.seedWithin()))
                .orElse(Duration.ZERO);
        var image = HearthConfig.Agent.image(config.agent(), isolation);
        var waits = choice.policySpec()
                .map(policy -> Durations.parse(policy.keepWarm().of(trust)))
                .orElse(Duration.ZERO);
        return new BuildPod.Settings(image, limit, waits.plus(WAIT_MARGIN), claimBytes(choice));
    }

    /** A run that cannot be read may name any artifact. */
    private static @Nullable List<String> artifacts(RunContext run, String claim) {
        if (!run.readsAll()) {
            LOG.debugf(
                    "%s: keeps all artifacts, since a run of the namespace cannot be read",
                    ResourceName.of(run.resource()));
            return null;
        }
        return NamedArtifacts.on(claim, run.siblingsAndSelf());
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
