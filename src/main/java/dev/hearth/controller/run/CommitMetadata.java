package dev.hearth.controller.run;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineSpec;
import dev.hearth.controller.run.CommitResolver.Resolved;
import dev.hearth.controller.run.DefinitionReader.Defined;
import dev.hearth.controller.support.ResourceName;
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

/**
 * Reads from git what decides about a run's caches: the recipe, the inputs of artifacts, and the seed refs. A run
 * starts without those that cannot be read. Its caches may then fit less well.
 */
@ApplicationScoped
public class CommitMetadata {
    private static final Logger LOG = Logger.getLogger(CommitMetadata.class);

    /** Key of the recipe among the hashes of inputs. No build or task has an empty name. */
    private static final String RECIPE = "";

    private final CommitFiles files;
    private final BranchDistances distances;

    public CommitMetadata(CommitFiles files, BranchDistances distances) {
        this.files = files;
        this.distances = distances;
    }

    Resolved read(PipelineRun run, Defined defined, GitRemote remote, String commit, SeedRefs candidates) {
        var spec = defined.spec();
        var hashes = new HashMap<>(hashes(run, spec, remote, commit));
        var recipe = Optional.ofNullable(hashes.remove(RECIPE));
        return new Resolved(defined, commit, recipe, seedRefs(run, remote, commit, candidates), hashes);
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
            LOG.infof(
                    "%s: has no recipe and reuses no artifacts, since the files of its commit cannot be read: %s",
                    ResourceName.of(run), e.getMessage());
            return Map.of();
        }
    }

    private List<String> seedRefs(PipelineRun run, GitRemote remote, String commit, SeedRefs candidates) {
        if (candidates.compared().isEmpty()) {
            return candidates.choose(Map.of());
        }
        try {
            return candidates.choose(distances.measure(remote, commit, candidates.compared()));
        } catch (GitException e) {
            LOG.infof(
                    "%s: its caches are seeded from the default branch only, since other branches cannot be compared: %s",
                    ResourceName.of(run), e.getMessage());
            return candidates.choose(Map.of());
        }
    }
}
