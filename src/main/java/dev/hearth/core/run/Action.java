package dev.hearth.core.run;

import dev.hearth.core.cache.CacheMount;
import dev.hearth.core.plan.Step;
import java.util.List;
import java.util.Map;

/** What to do to the cluster or a registry. Doing any of them twice is harmless. */
public sealed interface Action {

    /** Create the pod in which all builds of a platform run. */
    record StartBuilds(String platform, CacheMount cache, List<Step.Build> builds) implements Action {}

    record StartTask(Step.Task task) implements Action {}

    /** Make one index of images and tag it; {@code digests} by platform. */
    record PublishIndex(Step.Index index, Map<String, String> digests) implements Action {}

    /** End a step's pod. */
    record Stop(String pod) implements Action {}
}
