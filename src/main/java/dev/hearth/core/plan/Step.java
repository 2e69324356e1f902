package dev.hearth.core.plan;

import dev.hearth.api.BuildSpec;
import dev.hearth.api.BuiltByName;
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

/** One step of a run, with an entry of its own in the run's status. Its name is unique in the run. */
public sealed interface Step {
    String name();

    /** Returns the names of the steps that have to pass before this one starts. */
    Set<String> needs();

    /**
     * One solve: a variant of a build for one platform. It is a container of the platform's build pod.
     *
     * @param push null if this run does not push the image
     * @param withheld why it does not push the image although the build has a push
     */
    @BuiltByName
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

        /** Whether this is the solve of an image that a task names. */
        public boolean builds(ImageFrom image) {
            return spec.name().equals(image.build())
                    && platform.equals(image.platform())
                    && Objects.equals(variant == null ? null : variant.name(), image.variant());
        }

        /** Returns the name of the container. It is unique in the pod, since names of builds have no double dash. */
        public String container() {
            return variant == null ? spec.name() : spec.name() + "--" + variant.name();
        }

        /** Returns the stage of the Dockerfile. Empty for the last stage. */
        public String target() {
            if (variant == null) {
                return spec.target();
            }
            return variant.target().isEmpty() ? variant.name() : variant.target();
        }
    }

    /** The publication of a build: writes the image index of all platforms and moves the tags, after all solves. */
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
     * One matrix cell of a task, or a task without a matrix: a command in a pod of its own.
     *
     * @param spec with values in place of the placeholders, and with the services of this cell only
     */
    record Task(TaskSpec spec, MatrixCell cell, Set<String> needs) implements Step {
        @Override
        public String name() {
            return spec.name() + cell.suffix();
        }

        /** Whether it writes the volume of its ref that has task caches and artifacts. */
        public boolean writesVolume() {
            return spec.artifact() != null || !spec.caches().isEmpty();
        }
    }

    /** Reads the matrix of a task, or the tests to divide into shards, from a file of an artifact. */
    record MatrixReader(TaskSpec spec, Set<String> needs) implements Step {
        @Override
        public String name() {
            return spec.name();
        }

        /** Returns the name of the artifact with the file. */
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

    /** Pushes the artifact of a step to a registry, so that other steps can mount it on any node. */
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

    /** Whether the step produces an artifact. */
    default boolean keepsFiles() {
        return switch (this) {
            case Build build -> build.spec().artifact();
            case Task task -> task.spec().artifact() != null;
            case Index _, MatrixReader _, ArtifactUpload _ -> false;
        };
    }

    /** Returns the folder of the step's files within the artifact. Empty if no other step adds files to it. */
    default String folder() {
        return switch (this) {
            case Build build
            when build.spec().platforms().size() > 1 ->
                Names.dashed(build.platform()).substring("linux-".length());
            case Task task -> task.cell().directory();
            case Build _, Index _, MatrixReader _, ArtifactUpload _ -> "";
        };
    }

    private static String title(BuildSpec spec, @Nullable VariantSpec variant) {
        return title(spec.name(), variant == null ? null : variant.name());
    }

    /** Returns the name of a build's steps, without the platform. */
    static String title(String build, @Nullable String variant) {
        return variant == null ? build : build + "." + variant;
    }
}
