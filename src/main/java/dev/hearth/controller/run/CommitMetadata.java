package dev.hearth.controller.run;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineSpec;
import dev.hearth.controller.run.CommitResolver.Resolved;
import dev.hearth.core.buildcache.CacheRecipe;
import dev.hearth.core.buildcache.SeedRefs;
import dev.hearth.core.plan.ArtifactInputs;
import dev.hearth.git.BranchDistances;
import dev.hearth.git.CommitFiles;
import dev.hearth.git.GitException;
import dev.hearth.git.GitRemote;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;

/** What git tells of a commit's caches. A run goes on without what cannot be found out: its caches may fit less well. */
@ApplicationScoped
public class CommitMetadata {
    private static final Logger LOG = Logger.getLogger(CommitMetadata.class);

    /** No build or task is called so. */
    private static final String RECIPE = "";

    private final CommitFiles files;
    private final BranchDistances distances;

    public CommitMetadata(CommitFiles files, BranchDistances distances) {
        this.files = files;
        this.distances = distances;
    }

    Resolved read(PipelineRun run, PipelineSpec spec, GitRemote remote, String commit, SeedRefs bases) {
        var hashes = new HashMap<>(hashes(run, spec, remote, commit));
        var recipe = Optional.ofNullable(hashes.remove(RECIPE));
        return new Resolved(spec, commit, recipe, bases(run, remote, commit, bases), hashes);
    }

    private Map<String, String> hashes(PipelineRun run, PipelineSpec spec, GitRemote remote, String commit) {
        var recipe = CacheRecipe.of(spec);
        try {
            return files.hashes(remote, commit, recipe.markerFiles(), found -> {
                var patterns = new HashMap<>(ArtifactInputs.of(spec));
                patterns.put(RECIPE, recipe.patterns(found));
                return patterns;
            });
        } catch (GitException e) {
            LOG.infof("nothing is known of the files of run %s: %s", name(run), e.getMessage());
            return Map.of();
        }
    }

    private List<String> bases(PipelineRun run, GitRemote remote, String commit, SeedRefs bases) {
        if (bases.compared().isEmpty()) {
            return bases.choose(Map.of());
        }
        try {
            return bases.choose(distances.measure(remote, commit, bases.compared()));
        } catch (GitException e) {
            LOG.infof("run %s has only the default branch as base of its cache: %s", name(run), e.getMessage());
            return bases.choose(Map.of());
        }
    }

    private static String name(PipelineRun run) {
        return run.getMetadata().getNamespace() + "/" + run.getMetadata().getName();
    }
}
