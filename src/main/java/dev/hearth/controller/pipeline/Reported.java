package dev.hearth.controller.pipeline;

import dev.hearth.core.forge.CommitResult;
import dev.hearth.core.forge.ReportPlan.Shown;
import dev.hearth.core.forge.StepAllowance;
import dev.hearth.core.status.StatusReason;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;

/** What this process has seen at one target: a status name of a repository, for one pipeline. */
final class Reported {
    final String identity;
    final Instant since;
    final Map<String, Shown> shown = new ConcurrentHashMap<>();
    private final Map<String, StatusReason> refused = new ConcurrentHashMap<>();
    private final AtomicReference<StepAllowance> steps = new AtomicReference<>(StepAllowance.FIRST);
    volatile Optional<StatusReason> failure = Optional.empty();
    volatile Instant notBefore = Instant.MIN;
    volatile int failures;

    Reported(String identity, Instant since) {
        this.identity = identity;
        this.since = since;
    }

    /** Returns how many statuses of steps may be written now. */
    StepAllowance steps(Instant now) {
        return steps.updateAndGet(it -> it.at(now));
    }

    /** Notes that statuses of steps were written. */
    void spend(int written) {
        var _ = steps.updateAndGet(it -> it.minus(written));
    }

    /** Notes that the forge refuses a status, which counts as shown until it is compared again. */
    void refuse(CommitResult result, StatusReason why, Shown counted) {
        refused.put(result.commit(), why);
        shown.put(result.commit(), counted);
    }

    /** Notes what the forge shows. If the token has got the right to write statuses, those that it lacked are due. */
    void accept(CommitResult result, Shown now) {
        refused.remove(result.commit());
        var before = shown.put(result.commit(), now);
        if (before != null && before.denied()) {
            shown.values().removeIf(Shown::denied);
        }
    }

    /** Forgets commits without runs. One that shows that a run goes on is kept until it shows another result. */
    void forget(List<CommitResult> results, boolean complete) {
        var commits = results.stream().map(CommitResult::commit).collect(Collectors.toSet());
        refused.keySet().retainAll(commits);
        if (complete) {
            shown.entrySet()
                    .removeIf(entry -> !commits.contains(entry.getKey())
                            && entry.getValue().status().state().isFinal());
        }
    }

    /** Returns why results are not shown. Empty if they are. */
    Optional<StatusReason> problem() {
        return failure.or(() -> refused.values().stream()
                .min(Comparator.comparing(StatusReason::reason).thenComparing(StatusReason::message)));
    }
}
