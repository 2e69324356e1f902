package dev.hearth.controller.run.pods;

import dev.hearth.api.CachePolicySpec;
import dev.hearth.api.CacheScope;
import dev.hearth.api.IsolationForm;
import dev.hearth.api.IsolationRule;
import dev.hearth.api.Trust;
import dev.hearth.config.HearthConfig;
import dev.hearth.controller.run.context.RunContext;
import dev.hearth.core.buildcache.TrustedMounts;
import dev.hearth.core.isolation.IsolationDecision;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * Checks whether tasks of a run may mount caches and artifacts of trusted refs: they must not be able to write them.
 */
@ApplicationScoped
public class TrustedMountCheck {
    private final HearthConfig config;

    public TrustedMountCheck(HearthConfig config) {
        this.config = config;
    }

    public boolean isAllowed(RunContext run) {
        return run.trust() == Trust.Trusted
                || TrustedMounts.isAllowed(run.trust(), run.spec().tasks(), buildIsolations(run));
    }

    /**
     * Returns the isolations of former builds and those that the next build may get: a task may start before that is
     * decided.
     */
    private Set<IsolationForm> buildIsolations(RunContext run) {
        var forms = EnumSet.noneOf(IsolationForm.class);
        run.scope()
                .map(CacheScope::getStatus)
                .flatMap(status -> Optional.ofNullable(status.isolation()))
                .ifPresent(forms::add);
        if (run.plan().builds().findAny().isPresent()) {
            var rule =
                    run.storage().policySpec().map(CachePolicySpec::isolation).orElse(IsolationRule.Auto);
            forms.addAll(IsolationDecision.candidates(rule, config.buildkit().isolation(), run.trust()));
        }
        return forms;
    }
}
