package dev.hearth.git;

import dev.hearth.budget.Reservation;
import dev.hearth.budget.ResponseBudget;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Says how far a commit is from branches: a plain git server does not tell which branch a pull request is for, but history
 * shows where it began.
 */
@ApplicationScoped
public class BranchDistances {
    private final GitCall limited;
    private final List<Integer> depths;

    @Inject
    public BranchDistances(ResponseBudget budget) {
        this(budget, Duration.ofSeconds(30), List.of(250, 5000));
    }

    /** Looks deeper step by step, as mostly little is needed. */
    BranchDistances(ResponseBudget budget, Duration limit, List<Integer> depths) {
        this.limited = new GitCall(budget, limit);
        this.depths = List.copyOf(depths);
    }

    /**
     * How many commits it is from a commit back to the first that a branch contains: none if the branch contains it.
     *
     * @param commit 40 hexadecimal digits, known to be on a ref
     * @param branches names to their newest commits
     * @return names to distances, without those that have nothing in common with the commit as far as was looked
     */
    public Map<String, Integer> measure(GitRemote remote, String commit, Map<String, String> branches)
            throws GitException {
        return limited.call(remote, reservation -> {
            var found = new Distances(Map.of(), true);
            for (int depth : depths) {
                found = fetchAndMeasure(remote, commit, branches, depth, reservation);
                if (!found.mayBeNearer()) {
                    break;
                }
            }
            return found.byBranch();
        });
    }

    /** What was found, and whether history beyond could show a branch to be nearer. */
    private record Distances(Map<String, Integer> byBranch, boolean mayBeNearer) {}

    private Distances fetchAndMeasure(
            GitRemote remote, String commit, Map<String, String> branches, int depth, Reservation reservation)
            throws IOException, GitException {
        var wanted = new ArrayList<>(List.of(commit));
        wanted.addAll(branches.values());
        var fetch = new PartialFetch(remote, "tree:0", depth, reservation);
        return fetch.ofCommits(wanted.stream().distinct().toList(), (store, _) -> {
            try (var line = new Ancestry(store, commit)) {
                var distances = new TreeMap<String, Integer>();
                var mayBeNearer = false;
                for (var branch : branches.entrySet()) {
                    var meeting = line.meets(branch.getValue());
                    meeting.distance().ifPresent(distance -> distances.put(branch.getKey(), distance));
                    mayBeNearer |= meeting.mayBeNearer();
                }
                return new Distances(distances, mayBeNearer);
            }
        });
    }
}
