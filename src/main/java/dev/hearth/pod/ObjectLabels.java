package dev.hearth.pod;

import dev.hearth.core.plan.Names;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Map;

/** Labels and annotations of Hearth's objects. Hearth computes their values and copies no label of a user's object. */
public final class ObjectLabels {
    public static final String MANAGED_BY = "app.kubernetes.io/managed-by";
    public static final String HEARTH = "hearth";
    public static final String PIPELINE = "hearth.dev/pipeline";
    public static final String RUN = "hearth.dev/run";
    public static final String SCOPE = "hearth.dev/scope";
    /** Label of a run's pod: the run's trust. NetworkPolicies select by it. */
    public static final String TRUST = "hearth.dev/trust";

    public static final String PLATFORM = "hearth.dev/platform";
    /** Label of a VolumeSnapshot: the number of the generation that it was taken for. */
    public static final String GENERATION = "hearth.dev/generation";
    /** Label of a claim for task caches, and of pods that write it: the operating system. */
    public static final String TASK_CACHE = "hearth.dev/task-caches";
    /** Annotation of a task pod: the task caches that it uses, as JSON. */
    public static final String TASK_CACHES_USED = "hearth.dev/task-caches-used";
    /** Annotation of a task pod with an artifact: the uid of the claim that it writes the artifact to. */
    public static final String ARTIFACT_CLAIM_UID = "hearth.dev/artifact-claim-uid";
    /** Annotation of a build pod: its cache origin. */
    public static final String CACHE_FROM = "hearth.dev/cache-from";
    /**
     * Annotation of a build pod: whether its cache was sealed for the same commit, so that no build step should run.
     */
    public static final String CACHE_REPEATS = "hearth.dev/cache-repeats";
    /** Annotation of a build pod: what the containers are asked that depends on the commit, as JSON by their names. */
    public static final String REQUESTS = "hearth.dev/requests";
    /** Label of a build pod that was created before the run that uses it: true. */
    public static final String WARM = "hearth.dev/warm";
    /** Annotation of such a pod: what it can be used for. */
    public static final String FINGERPRINT = "hearth.dev/fingerprint";
    /** Annotation of such a pod: bytes of memory that it asks its node for. */
    public static final String MEMORY = "hearth.dev/memory";
    /** Annotation of such a pod that a run has taken: the name of the pod that the run would have created. */
    public static final String REPLACES = "hearth.dev/replaces";
    /** Annotation of a build pod that was created before its run: when the run took it. */
    public static final String TAKEN_AT = "hearth.dev/taken-at";
    /** Annotation of such a pod: the containers that have nothing to build for the run, with commas between them. */
    public static final String SKIPS = "hearth.dev/skips";
    /** Label of a pod that deletes artifacts of a pipeline. */
    public static final String ARTIFACT_REMOVAL = "hearth.dev/artifact-removal";
    /** Selects Hearth's objects. Every watch uses it, so that memory depends on the number of Hearth's objects only. */
    public static final String SELECTOR = MANAGED_BY + "=" + HEARTH;

    private ObjectLabels() {}

    public static Map<String, String> of(String pipeline) {
        return Map.of(MANAGED_BY, HEARTH, PIPELINE, pipeline);
    }

    public static Map<String, String> ofRun(String pipeline, String run) {
        return Map.of(MANAGED_BY, HEARTH, PIPELINE, pipeline, RUN, Names.bounded(run));
    }

    /** Whether Hearth has created an object. A user may have set the label, too. */
    public static boolean isManaged(HasMetadata object) {
        var labels = object.getMetadata().getLabels();
        return labels != null && HEARTH.equals(labels.get(MANAGED_BY));
    }

    /** Returns the platform of a build pod, or the empty string for an object without the label. */
    public static String platform(HasMetadata object) {
        return object.getMetadata().getLabels().getOrDefault(PLATFORM, "").replace('-', '/');
    }
}
