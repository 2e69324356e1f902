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

/**
 * The matrix cells of a task: the combinations of the axes without those of exclude and with those of include, or a
 * file.
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(
        value = "!has(self.from) || (size(self.axes) == 0 && size(self.include) == 0 && size(self.exclude) == 0)",
        message = "matrix cells are either listed by axes, include and exclude, or read from a file by from:"
                + " remove one of the two")
@ValidationRule(
        value = "has(self.from) || size(self.axes) > 0 || size(self.include) > 0",
        message = "the matrix has no cells: add axes, include or from")
@ValidationRule(
        value = "self.axes.all(axis, size(self.axes[axis]) > 0)",
        fieldPath = ".axes",
        message = "an axis without values gives the matrix no cells: give each axis at least one value, or"
                + " remove the axis")
@ValidationRule(
        value = "size(self.exclude) == 0 || size(self.axes) > 0",
        fieldPath = ".exclude",
        message = "exclude removes combinations of axes, but there are no axes: add axes, or remove exclude")
public record MatrixSpec(
        @Default("{}")
        @Size(max = 4)
        @JsonPropertyDescription("Values of each axis. Each combination of values is a matrix cell.")
        Map<@Size(max = 64) String, @Size(max = 64) List<@Size(max = 256) String>> axes,

        @Default("[]")
        @Size(max = 64)
        @JsonPropertyDescription("Matrix cells in addition to the combinations. An entry that has the values of a"
                + " combination on all axes adds its other values to the cell of that combination instead.")
        List<@Size(min = 1, max = 8) Map<@Size(max = 64) String, @Size(max = 256) String>> include,

        @Default("[]")
        @Size(max = 64)
        @JsonPropertyDescription("Combinations that are left out: those that have all values of an entry.")
        List<@Size(min = 1, max = 4) Map<@Size(max = 64) String, @Size(max = 256) String>> exclude,

        @io.fabric8.generator.annotation.Nullable
        @JsonPropertyDescription("File of an artifact that lists the matrix cells. It is read during the run.")
        @Nullable
        MatrixFile from,

        @io.fabric8.generator.annotation.Nullable
        @Min(1)
        @Max(256)
        @JsonPropertyDescription("Number of matrix cells that run at the same time. By default as many as the operator"
                + " allows for a run.")
        @Nullable
        Integer maxParallel,

        @Default("false") @JsonPropertyDescription("Whether the first matrix cell that fails cancels the others.")
        boolean failFast) {

    public MatrixSpec {
        axes = Map.copyOf(orElse(axes, Map.of()));
        include = List.copyOf(orElse(include, List.of()));
        exclude = List.copyOf(orElse(exclude, List.of()));
    }
}
