package dev.hearth.api;

import static dev.hearth.api.PipelineSpec.orElse;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes legs of a task: every combination of the axes, less those excluded, plus those included, or a list that is computed. */
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
        value = "!has(self.from) || (size(self.axes) == 0 && size(self.include) == 0 && size(self.exclude) == 0)",
        message = "legs are either listed here, by axes, include and exclude, or computed, by from: remove one")
@ValidationRule(
        value = "has(self.from) || size(self.axes) > 0 || size(self.include) > 0",
        message = "the matrix has no legs: give it axes, include or from")
@ValidationRule(
        value = "self.axes.all(axis, size(self.axes[axis]) > 0)",
        fieldPath = ".axes",
        message =
                "an axis without values leaves the matrix without legs: give each axis at least one value, or remove it")
@ValidationRule(
        value = "size(self.exclude) == 0 || size(self.axes) > 0",
        fieldPath = ".exclude",
        message = "exclude takes combinations of axes away, and there are no axes")
public record MatrixSpec(
        @Default("{}")
        @Size(max = 4)
        @JsonPropertyDescription("Name of an axis to its values; every combination is a leg.")
        Map<@Size(max = 64) String, @Size(max = 64) List<@Size(max = 256) String>> axes,

        @Default("[]")
        @Size(max = 64)
        @JsonPropertyDescription(
                "Legs besides the combinations. One that has the same values on all axes as a combination adds its other"
                        + " values to that leg instead.")
        List<@Size(min = 1, max = 8) Map<@Size(max = 64) String, @Size(max = 256) String>> include,

        @Default("[]")
        @Size(max = 64)
        @JsonPropertyDescription("Combinations to leave out: those that have all values of an entry.")
        List<@Size(min = 1, max = 4) Map<@Size(max = 64) String, @Size(max = 256) String>> exclude,

        @io.fabric8.generator.annotation.Nullable
        @JsonPropertyDescription("A file with the legs, computed while the run goes.")
        @Nullable
        MatrixFile from,

        @io.fabric8.generator.annotation.Nullable
        @Min(1)
        @Max(256)
        @JsonPropertyDescription("Legs that run at a time; as many as the operator allows for a run if left out.")
        @Nullable
        Integer maxParallel,

        @Default("false") @JsonPropertyDescription("Whether the first leg that fails ends the others.")
        boolean failFast) {

    public MatrixSpec {
        axes = Map.copyOf(orElse(axes, Map.of()));
        include = List.copyOf(orElse(include, List.of()));
        exclude = List.copyOf(orElse(exclude, List.of()));
    }
}
