package dev.hearth.core.retention;

import dev.hearth.api.PipelineRun;
import dev.hearth.core.plan.Names;
import dev.hearth.core.ref.GitRef;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The cache scopes that runs need: that of the ref of each run that has started and not finished, and those with artifacts that
 * such a run names. A run of a branch that has not started may take over artifacts of the branch's merge groups. A run that cannot
 * be read may need any scope of its namespace.
 *
 * @param scopes as namespace/name
 * @param claims of volumes with artifacts, as namespace/name
 * @param starting refs of runs that have not started, as namespace/pipeline/ref
 * @param namespaces with a run that cannot be read
 */
public record ScopesInUse(Set<String> scopes, Set<String> claims, Set<String> starting, Set<String> namespaces) {

    public ScopesInUse {
        scopes = Set.copyOf(scopes);
        claims = Set.copyOf(claims);
        starting = Set.copyOf(starting);
        namespaces = Set.copyOf(namespaces);
    }

    /** Returns the scopes that these runs need. */
    public static ScopesInUse of(Stream<PipelineRun> runs) {
        var scopes = new HashSet<String>();
        var claims = new HashSet<String>();
        var starting = new HashSet<String>();
        var namespaces = new HashSet<String>();
        runs.forEach(run -> {
            if (run.unreadable().isPresent()) {
                namespaces.add(run.namespace());
                return;
            }
            if (isInProgress(run)) {
                Names.scope(run).ifPresent(scope -> scopes.add(run.namespace() + "/" + scope));
                NamedArtifacts.inUse(run).forEach(claim -> claims.add(run.namespace() + "/" + claim));
            }
            if (isStarting(run)) {
                starting.add(ref(
                        run.namespace(), run.getSpec().pipeline(), run.getSpec().ref()));
            }
        });
        return new ScopesInUse(scopes, claims, starting, namespaces);
    }

    /** Returns the candidate, in use if runs need it. */
    public EvictionCandidate mark(EvictionCandidate scope) {
        return scopes.contains(scope.id())
                        || namespaces.contains(scope.namespace())
                        || scope.claims().stream().anyMatch(claims::contains)
                        || GitRef.of(scope.ref())
                                .mergeTarget()
                                .filter(branch -> starting.contains(ref(scope.namespace(), scope.pipeline(), branch)))
                                .isPresent()
                ? scope.withInUse(true)
                : scope;
    }

    private static String ref(String namespace, String pipeline, String ref) {
        return namespace + "/" + pipeline + "/" + ref;
    }

    /** Whether it is not recorded yet what the run takes over from others. */
    private static boolean isStarting(PipelineRun run) {
        var status = run.getStatus();
        return status == null || (status.finishedAt() == null && status.pipelineSpec() == null);
    }

    private static boolean isInProgress(PipelineRun run) {
        var status = run.getStatus();
        return status != null && status.startedAt() != null && status.finishedAt() == null;
    }
}
