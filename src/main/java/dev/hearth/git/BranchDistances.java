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
 * Measures how far a commit is from branches. A git server does not tell the base of a pull request, but the history
 * shows from which branch it was made.
 */
@ApplicationScoped
public class BranchDistances {
    private final GitCall git;
    private final List<Integer> depths;

    @Inject
    public BranchDistances(ResponseBudget budget) {
        this(budget, Duration.ofSeconds(30), List.of(250, 5000));
    }

    /** Fetches more history step by step, because usually little is needed. */
    BranchDistances(ResponseBudget budget, Duration limit, List<Integer> depths) {
        this.git = new GitCall(budget, limit);
        this.depths = List.copyOf(depths);
    }

    /**
     * Returns the number of commits from a commit back to the first that a branch contains, which is 0 if the branch
     * contains the commit.
     *
     * @param commit 40 hexadecimal digits, known to be on a ref
     * @param branches names of branches to their newest commits
     * @return names of branches to distances, without branches that have no commit in common within the fetched history
     */
    public Map<String, Integer> measure(GitRemote remote, String commit, Map<String, String> branches)
            throws GitException {
        return git.call(remote, reservation -> {
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

    /** The distances, and whether history that was not fetched could show a smaller one. */
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
                    var meeting = line.meet(branch.getValue());
                    meeting.distance().ifPresent(distance -> distances.put(branch.getKey(), distance));
                    mayBeNearer |= meeting.mayBeNearer();
                }
                return new Distances(distances, mayBeNearer);
            }
        });
    }
}
