package dev.hearth.reference;

import static dev.hearth.reference.GeneratedPage.code;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.DumperOptions.FlowStyle;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.comments.CommentLine;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;

class ChartValuesPageTest {
    private static final Path VALUES = Path.of("charts/hearth/values.yaml");
    private final String source;
    private final List<List<String>> rows = new ArrayList<>();

    ChartValuesPageTest() throws IOException {
        source = Files.readString(VALUES);
    }

    @Test
    void pageHasEveryValueWithItsComment() throws IOException {
        var options = new LoaderOptions();
        options.setProcessComments(true);
        collect("", (MappingNode) new Yaml(options).compose(Files.newBufferedReader(VALUES)));
        var page = new GeneratedPage(
                "Chart values",
                "What `helm install hearth charts/hearth` can set. A wrong name or type is refused, by"
                        + " [values.schema.json](../../charts/hearth/values.schema.json).",
                VALUES.toString());
        page.table(List.of("value", "default", "description"), rows);
        page.check(Path.of("docs/reference/chart-values.md"));
    }

    private void collect(String prefix, MappingNode values) {
        for (NodeTuple entry : values.getValue()) {
            var name = prefix + ((ScalarNode) entry.getKeyNode()).getValue();
            var comment = comment(entry);
            if (entry.getValueNode() instanceof MappingNode group && group.getFlowStyle() == FlowStyle.BLOCK) {
                if (!comment.isEmpty()) {
                    rows.add(List.of(code(name), "", comment));
                }
                collect(name + ".", group);
            } else {
                rows.add(List.of(code(name), code(text(entry.getValueNode())), comment));
            }
        }
    }

    private static String comment(NodeTuple entry) {
        return Stream.of(
                        entry.getKeyNode().getBlockComments(),
                        entry.getValueNode().getInLineComments())
                .filter(Objects::nonNull)
                .flatMap(List::stream)
                .map(CommentLine::getValue)
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .collect(Collectors.joining(" "));
    }

    private String text(Node value) {
        var text = source.substring(
                value.getStartMark().getIndex(), value.getEndMark().getIndex());
        assertThat(text).as("a value on one line").doesNotContain("\n");
        return text;
    }
}
