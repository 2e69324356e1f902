package dev.hearth.core.run;

import dev.hearth.api.ConcurrencyGroup;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.PipelineSpec;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.ref.RefFilter;
import dev.hearth.core.ref.TrustDefaults;
import dev.hearth.core.trigger.SkipRules;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What a pipeline's spec says about the turns of its runs: their priority, and limits that apply beside those of the operator.
 * The present spec decides about all runs, whatever spec they began with.
 */
public final class QueueRules {
    private static final int MOST_KNOWN = 10_000;

    private final RefFilter trusted;
    private final @Nullable String defaultBranch;
    private final @Nullable Integer maxRuns;
    private final List<Group> groups;

    /** Groups of refs that were asked for: many patterns may have to be tried, and the same runs are asked for often. */
    private final Map<GitRef, Optional<RunQueue.OwnLimit>> known = new ConcurrentHashMap<>();

    private record Group(ConcurrencyGroup spec, RefFilter refs) {}

    private QueueRules(
            RefFilter trusted, @Nullable String defaultBranch, @Nullable Integer maxRuns, List<Group> groups) {
        this.trusted = trusted;
        this.defaultBranch = defaultBranch;
        this.maxRuns = maxRuns;
        this.groups = groups;
    }

    /** The rules for runs of a pipeline that does not exist: no ref is trusted. */
    public static QueueRules ofNoPipeline() {
        return new QueueRules(RefFilter.of(List.of(), List.of(), false), null, null, List.of());
    }

    /** Returns the rules of a pipeline. The default branch is null if it is not known. */
    public static QueueRules of(PipelineSpec spec, @Nullable String defaultBranch) {
        var concurrency = spec.concurrency();
        return new QueueRules(
                RefFilter.of(TrustDefaults.of(spec, defaultBranch).trusted()),
                defaultBranch,
                concurrency.maxRuns(),
                concurrency.groups().stream()
                        .map(group ->
                                new Group(group, RefFilter.of(group.branches(), group.tags(), group.pullRequests())))
                        .toList());
    }

    /**
     * Whether a run waits for somebody who has to approve it, or for its pull request, and for no turn. Those who could let it start have
     * not done so, and the time until then gives it no place before others.
     */
    static boolean standsAside(PipelineRunStatus status) {
        return status.approval() != null || SkipRules.isWaiting(status);
    }

    /**
     * Returns the entry of an unfinished run. The trust that its status records counts more than that of the present spec.
     *
     * @param now from when on the run may start if its status says that it stands aside
     */
    public RunQueue.Entry entry(PipelineRun run, boolean active, Instant now) {
        var spec = run.getSpec();
        var ref = GitRef.of(spec.ref());
        var status = run.getStatus();
        var recorded = status == null ? null : status.trust();
        var trust = recorded == null ? trusted.trust(ref) : recorded;
        return new RunQueue.Entry(
                spec.pipeline(),
                run.name(),
                RunPriority.of(ref, trust, defaultBranch),
                since(run, status, now),
                active,
                limits(ref));
    }

    private static Instant since(PipelineRun run, @Nullable PipelineRunStatus status, Instant now) {
        if (status == null) {
            return run.createdAt();
        }
        if (status.queuedAt() != null) {
            return Instant.parse(status.queuedAt());
        }
        return standsAside(status) ? now : run.createdAt();
    }

    private List<RunQueue.OwnLimit> limits(GitRef ref) {
        var limits = new ArrayList<RunQueue.OwnLimit>();
        if (known.size() > MOST_KNOWN) {
            known.clear();
        }
        known.computeIfAbsent(ref, this::group).ifPresent(limits::add);
        if (maxRuns != null) {
            limits.add(new RunQueue.OwnLimit("", maxRuns, "maxRuns"));
        }
        return limits;
    }

    private Optional<RunQueue.OwnLimit> group(GitRef ref) {
        return groups.stream()
                .filter(group -> group.refs().matches(ref))
                .findFirst()
                .map(Group::spec)
                .map(group -> new RunQueue.OwnLimit(
                        group.perRef() ? "group " + group.name() + " at " + ref.name() : "group " + group.name(),
                        group.maxRuns(),
                        "groups"));
    }
}
