package dev.hearth.controller.run;

import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.CacheScope;
import dev.hearth.api.Isolation;
import dev.hearth.api.IsolationRule;
import dev.hearth.api.Trust;
import dev.hearth.cluster.Storage;
import dev.hearth.controller.support.HearthConfig;
import dev.hearth.core.cache.TrustedMounts;
import dev.hearth.core.isolation.Verdict;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** Whether what trusted refs have left stays as it is where a run's tasks mount it. */
@ApplicationScoped
public class ReadOnlyMounts {
    private final HearthConfig config;
    private final Storage storage;

    public ReadOnlyMounts(HearthConfig config, Storage storage) {
        this.config = config;
        this.storage = storage;
    }

    boolean hold(RunView view) {
        // First, since the other question costs calls.
        return view.trust() == Trust.Trusted
                || TrustedMounts.hold(view.trust(), view.spec().tasks(), builds(view));
    }

    /** What the scope's builds have had, and what the next one may get: a task may start before its volume is granted. */
    private Set<Isolation> builds(RunView view) {
        var forms = EnumSet.noneOf(Isolation.class);
        view.scope()
                .map(CacheScope::getStatus)
                .flatMap(status -> Optional.ofNullable(status.isolation()))
                .ifPresent(forms::add);
        if (view.plan().builds().findAny().isPresent()) {
            var rule = view.choice(storage)
                    .policySpec()
                    .map(CachePolicySpec::isolation)
                    .orElse(IsolationRule.Auto);
            forms.addAll(Verdict.candidates(rule, config.buildkit().isolation(), view.trust()));
        }
        return forms;
    }
}
