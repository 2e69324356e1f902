package dev.hearth.core.plan;

import dev.hearth.api.BuildSpec;
import dev.hearth.api.ImageFrom;
import dev.hearth.api.MatrixFile;
import dev.hearth.api.PushSpec;
import dev.hearth.api.TaskSpec;
import dev.hearth.api.VariantSpec;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One thing that a run does and reports on. Its name is unique in the run. */
public sealed interface Step {
    String name();

    /** Names of the steps that must have succeeded first. */
    Set<String> needs();

    /**
     * One solve: a build's variant for one platform, a container in the pod of that platform.
     *
     * @param push null if this run does not push
     * @param withheld why it does not, although the build has a push
     */
    record Build(
            BuildSpec spec,
            @Nullable VariantSpec variant,
            String platform,
            @Nullable PushSpec push,
            Optional<String> withheld)
            implements Step {
        @Override
        public String name() {
            return title(spec, variant) + "/" + platform;
        }

        @Override
        public Set<String> needs() {
            return Set.of();
        }

        /** Whether it gives the image that a task names. */
        public boolean makes(ImageFrom image) {
            return spec.name().equals(image.build())
                    && platform.equals(image.platform())
                    && Objects.equals(variant == null ? null : variant.name(), image.variant());
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
            return folder().isEmpty() ? spec.name() : spec.name() + "/" + folder();
        }
    }

    /** The images of every platform made one, under its tags: what others see, so it comes last. */
    record Index(BuildSpec spec, @Nullable VariantSpec variant, PushSpec push, Set<String> needs) implements Step {
        @Override
        public String name() {
            return title(spec, variant) + "/index";
        }

        public List<String> tags() {
            var suffix = variant == null ? "" : variant.tagSuffix();
            return push.tags().stream().map(tag -> tag + suffix).toList();
        }
    }

    /**
     * A leg of a task: a command in a pod of its own.
     *
     * @param spec with the placeholders filled and the services of this leg only
     */
    record Task(TaskSpec spec, MatrixCell leg, Set<String> needs) implements Step {
        @Override
        public String name() {
            return spec.name() + leg.suffix();
        }
    }

    /** Finds the legs of a task out by a file of an artifact. */
    record MatrixReader(TaskSpec spec, Set<String> needs) implements Step {
        @Override
        public String name() {
            return spec.name();
        }

        /** Name of the artifact that has the file. */
        public String artifact() {
            var tests = spec.testList();
            return tests == null ? matrixFile().artifact() : tests.artifact();
        }

        public String file() {
            var tests = spec.testList();
            return tests == null ? matrixFile().file() : tests.file();
        }

        private MatrixFile matrixFile() {
            return Objects.requireNonNull(Objects.requireNonNull(spec.matrix()).from());
        }
    }

    /** Pushes what a step has left to a registry, so that others can mount it on any node. */
    record ArtifactUpload(Step of) implements Step {
        @Override
        public String name() {
            return of.name() + "/artifact";
        }

        @Override
        public Set<String> needs() {
            return Set.of(of.name());
        }
    }

    /** Whether others may mount what it leaves. */
    default boolean keepsFiles() {
        return switch (this) {
            case Build build -> build.spec().artifact();
            case Task task -> task.spec().artifact() != null;
            case Index _, MatrixReader _, ArtifactUpload _ -> false;
        };
    }

    /** Where its files are below the folder of its name, empty where it is the only step of that name. */
    default String folder() {
        return switch (this) {
            case Build build
            when build.spec().platforms().size() > 1 ->
                Names.dashed(build.platform()).substring("linux-".length());
            case Task task -> task.leg().directory();
            case Build _, Index _, MatrixReader _, ArtifactUpload _ -> "";
        };
    }

    private static String title(BuildSpec spec, @Nullable VariantSpec variant) {
        return title(spec.name(), variant == null ? null : variant.name());
    }

    /** What a build's steps are called, before the platform. */
    static String title(String build, @Nullable String variant) {
        return variant == null ? build : build + "." + variant;
    }
}
