package dev.hearth.controller.run.pods;

import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.CacheScope;
import dev.hearth.api.IsolationForm;
import dev.hearth.api.IsolationRule;
import dev.hearth.api.Trust;
import dev.hearth.cluster.storage.StorageResolver;
import dev.hearth.config.HearthConfig;
import dev.hearth.controller.run.context.RunContext;
import dev.hearth.core.buildcache.TrustedMounts;
import dev.hearth.core.isolation.IsolationDecision;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** Whether what trusted refs have left stays as it is where a run's tasks mount it. */
@ApplicationScoped
public class TrustedMountCheck {
    private final HearthConfig config;
    private final StorageResolver storage;

    public TrustedMountCheck(HearthConfig config, StorageResolver storage) {
        this.config = config;
        this.storage = storage;
    }

    public boolean isAllowed(RunContext view) {
        // First, since the other question costs calls.
        return view.trust() == Trust.Trusted
                || TrustedMounts.isAllowed(view.trust(), view.spec().tasks(), builds(view));
    }

    /** What the scope's builds have had, and what the next one may get: a task may start before its volume is granted. */
    private Set<IsolationForm> builds(RunContext view) {
        var forms = EnumSet.noneOf(IsolationForm.class);
        view.scope()
                .map(CacheScope::getStatus)
                .flatMap(status -> Optional.ofNullable(status.isolation()))
                .ifPresent(forms::add);
        if (view.plan().builds().findAny().isPresent()) {
            var rule = view.choice(storage)
                    .policySpec()
                    .map(CachePolicySpec::isolation)
                    .orElse(IsolationRule.Auto);
            forms.addAll(IsolationDecision.candidates(rule, config.buildkit().isolation(), view.trust()));
        }
        return forms;
    }
}
