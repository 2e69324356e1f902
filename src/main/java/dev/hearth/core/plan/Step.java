package dev.hearth.core.plan;

import dev.hearth.api.BuildSpec;
import dev.hearth.api.PushSpec;
import dev.hearth.api.TaskSpec;
import dev.hearth.api.VariantSpec;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One thing that a run does and reports on. Its name is unique in the run. */
public sealed interface Step {
    String name();

    /** Names of the steps that must have succeeded first. */
    Set<String> needs();

    /** One solve: a build's variant for one platform, a container in the pod of that platform. */
    record Build(
            BuildSpec spec,
            @Nullable VariantSpec variant,
            String platform,
            @Nullable PushSpec push) implements Step {
        @Override
        public String name() {
            return title(spec, variant) + "/" + platform;
        }

        @Override
        public Set<String> needs() {
            return Set.of();
        }

        /** Unique in the pod: a build's name has no double dash. */
        public String container() {
            return variant == null ? spec.name() : spec.name() + "--" + variant.name();
        }

        /** Stage of the Dockerfile, empty for the last one. */
        public String target() {
            if (variant == null) {
                return spec.target();
            }
            return variant.target().isEmpty() ? variant.name() : variant.target();
        }

        /** Where its files lie in the run's artifact volume. */
        public String artifactPath() {
            return spec.platforms().size() == 1
                    ? spec.name()
                    : spec.name() + "/" + Names.dashed(platform).substring("linux-".length());
        }
    }

    /** The images of every platform made one, under its tags: what others see, so it comes last. */
    record Index(BuildSpec spec, @Nullable VariantSpec variant, PushSpec push, Set<String> needs) implements Step {
        @Override
        public String name() {
            return title(spec, variant) + "/index";
        }

        public java.util.List<String> tags() {
            var suffix = variant == null ? "" : variant.tagSuffix();
            return push.tags().stream().map(tag -> tag + suffix).toList();
        }
    }

    /** A command in a pod of its own. */
    record Task(TaskSpec spec, Set<String> needs) implements Step {
        @Override
        public String name() {
            return spec.name();
        }
    }

    private static String title(BuildSpec spec, @Nullable VariantSpec variant) {
        return variant == null ? spec.name() : spec.name() + "." + variant.name();
    }
}
