package dev.hearth.pod;

import dev.hearth.core.plan.Names;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Map;

/** Labels of what Hearth makes. Values come from Hearth's own names; no label of a user's object is copied. */
public final class ObjectLabels {
    public static final String MANAGED_BY = "app.kubernetes.io/managed-by";
    public static final String HEARTH = "hearth";
    public static final String PIPELINE = "hearth.dev/pipeline";
    public static final String RUN = "hearth.dev/run";
    public static final String SCOPE = "hearth.dev/scope";
    /** Of a run's pod: whether the code that runs in it is of a trusted ref. Network policies select by it. */
    public static final String TRUST = "hearth.dev/trust";

    public static final String PLATFORM = "hearth.dev/platform";
    /** Of a VolumeSnapshot: number of the sealed generation that it was taken for. */
    public static final String GENERATION = "hearth.dev/generation";
    /** Of a volume with directories of tasks, and of pods that write it: the operating system. */
    public static final String TASK_CACHE = "hearth.dev/task-caches";
    /** Annotation of a task's pod: what it was told of its directories. */
    public static final String TASK_CACHES_USED = "hearth.dev/task-caches-used";
    /** Annotation of a build pod: where its cache came from, in words. */
    public static final String CACHE_FROM = "hearth.dev/cache-from";
    /** Annotation of a build pod: whether none of its steps should run. */
    public static final String CACHE_REPEATS = "hearth.dev/cache-repeats";
    /** Selects what Hearth made: every watch uses it, so that memory follows Hearth's objects alone. */
    public static final String SELECTOR = MANAGED_BY + "=" + HEARTH;

    private ObjectLabels() {}

    public static Map<String, String> of(String pipeline) {
        return Map.of(MANAGED_BY, HEARTH, PIPELINE, pipeline);
    }

    public static Map<String, String> ofRun(String pipeline, String run) {
        return Map.of(MANAGED_BY, HEARTH, PIPELINE, pipeline, RUN, Names.bounded(run));
    }

    /** The platform of a build pod; of an object without the label the empty string. */
    public static String platform(HasMetadata object) {
        return object.getMetadata().getLabels().getOrDefault(PLATFORM, "").replace('-', '/');
    }
}
