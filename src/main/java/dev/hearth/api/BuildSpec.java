package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Nullable;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Map;

/** A build: a target of the repository's Dockerfile. BuildKit solves it once per platform and variant. */
@BuiltByName
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
        value = "self.platforms.all(p, p in ['linux/amd64', 'linux/arm64', 'linux/arm/v7', 'linux/arm/v6', 'linux/386',"
                + " 'linux/ppc64le', 'linux/s390x', 'linux/riscv64'])",
        fieldPath = ".platforms",
        message = "a platform must be one of linux/amd64, linux/arm64, linux/arm/v7, linux/arm/v6, linux/386,"
                + " linux/ppc64le, linux/s390x, linux/riscv64")
@ValidationRule(
        value = "self.platforms.all(p, self.platforms.exists_one(o, o == p))",
        fieldPath = ".platforms",
        message = "a platform is listed twice: remove one of the entries")
@ValidationRule(
        value = "!self.artifact || size(self.variants) == 0",
        message = "an artifact build has no variants: use a separate build, with a target, for the artifact")
@ValidationRule(
        value = "!has(self.target) || size(self.target) == 0 || size(self.variants) == 0",
        message = "a build with variants has no target of its own: set target in each variant instead")
@ValidationRule(
        value = "self.variants.all(v, self.variants.exists_one(o, o.name == v.name))",
        fieldPath = ".variants",
        message = "two variants have the same name: give each variant its own name")
@ValidationRule(
        value = "!has(self.push) || self.variants.all(v, self.variants.exists_one(o,"
                + " (has(o.tagSuffix) ? o.tagSuffix : '') == (has(v.tagSuffix) ? v.tagSuffix : '')))",
        fieldPath = ".variants",
        message = "two pushed variants have the same tagSuffix, so one would overwrite the other: give each"
                + " variant its own tagSuffix")
@ValidationRule(value = PatternSyntax.INPUTS_RULE, fieldPath = ".inputs", message = PatternSyntax.PATH_MESSAGE)
public record BuildSpec(
        @Required
        @Size(max = SchemaPatterns.NAME_LENGTH)
        @Pattern(SchemaPatterns.NAME)
        @JsonPropertyDescription("Name of the build, a DNS label of at most 30 characters.")
        String name,

        @Default("Dockerfile")
        @Size(min = 1, max = 256)
        @JsonPropertyDescription("Path of the Dockerfile in the context directory.")
        String dockerfile,

        @Size(max = 256)
        @Pattern("^([^/.\\s:?#][^\\s:?#]*)?$")
        @JsonPropertyDescription(
                "Directory of the repository that is the build context. Empty for the root of the" + " repository.")
        String context,

        @Size(max = 128) @JsonPropertyDescription("Stage of the Dockerfile to build. Empty for the last stage.")
        String target,

        @Default("[\"linux/amd64\"]")
        @Size(min = 1, max = 8)
        @JsonPropertyDescription("Platforms to build for. Each platform has a build pod of its own.")
        List<@Size(max = 16) String> platforms,

        @Default("[]")
        @Size(max = 16)
        @JsonPropertyDescription("Targets of the Dockerfile that are built in the same pod, so that they share layers.")
        List<VariantSpec> variants,

        @Default("{}") @Size(max = 64) @JsonPropertyDescription("Build arguments (ARG in the Dockerfile).")
        Map<@Size(max = SchemaPatterns.VARIABLE_LENGTH) String, @Size(max = SchemaPatterns.TEXT_LENGTH) String>
                arguments,

        @Default("false")
        @JsonPropertyDescription("Whether the files of the target become an artifact, which tasks mount read-only at"
                + " /artifacts/<build>.")
        boolean artifact,

        @Default("[]")
        @Size(max = 16)
        @JsonPropertyDescription(
                "For a build with artifact: true: the files of the repository that decide the content of"
                        + " the artifact, as patterns with the syntax of cache.recipe. A later commit with the same"
                        + " inputs reuses the artifact. By default all files.")
        List<@Size(min = 1, max = 128) String> inputs,

        @Nullable
        @Pattern(SchemaPatterns.DURATION)
        @Size(max = SchemaPatterns.DURATION_LENGTH)
        @ValidationRule(value = SchemaPatterns.NOT_ZERO, message = SchemaPatterns.NO_TIME)
        @JsonPropertyDescription("Time limit of each solve, such as 45m. By default the time limit of the run.")
        @org.jspecify.annotations.Nullable
        String timeout,

        @Nullable
        @JsonPropertyDescription(
                "Where the image is pushed. Runs of untrusted refs, such as pull requests, never push.")
        @org.jspecify.annotations.Nullable
        PushSpec push,

        @Nullable
        @JsonPropertyDescription(
                "Resource requests and limits. All builds of a platform share one daemon, which gets the"
                        + " largest value of each resource.")
        @org.jspecify.annotations.Nullable
        Resources resources)
        implements BuildSpecBuilder.With {

    public BuildSpec {
        dockerfile = orElse(dockerfile, "Dockerfile");
        context = orElse(context, "");
        target = orElse(target, "");
        platforms = List.copyOf(orElse(platforms, List.of("linux/amd64")));
        variants = List.copyOf(orElse(variants, List.of()));
        arguments = Map.copyOf(orElse(arguments, Map.of()));
        inputs = List.copyOf(orElse(inputs, List.of()));
    }
}
