package dev.hearth.reference;

import static dev.hearth.reference.GeneratedPage.code;
import static java.util.Objects.requireNonNull;

import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.AssignmentTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/** Reads the configuration interface as the compiler does, since its comments are in no class file. */
class SettingsPageTest {
    private static final Pattern MAPPING = Pattern.compile("@ConfigMapping\\(prefix = \"hearth\"\\)");
    private static final Pattern INLINE_TAG = Pattern.compile("\\{@(?:code|link) #?([^}]*)}");
    private static final Pattern WRAPPED = Pattern.compile("(?:Optional|Set|List)<(.*)>");

    private final List<List<String>> rows = new ArrayList<>();
    private final Map<String, ClassTree> groups;
    private final Function<Tree, String> comments;

    SettingsPageTest() throws IOException {
        var compiler = ToolProvider.getSystemJavaCompiler();
        var files = compiler.getStandardFileManager(null, null, null);
        var task = (JavacTask)
                compiler.getTask(null, files, null, List.of("-proc:none"), null, files.getJavaFileObjects(source()));
        var unit = task.parse().iterator().next();
        var root = (ClassTree) unit.getTypeDecls().getFirst();
        var trees = DocTrees.instance(task);
        comments = tree -> Objects.requireNonNullElse(trees.getDocComment(TreePath.getPath(unit, tree)), "");
        groups = members(root, ClassTree.class)
                .collect(Collectors.toMap(group -> group.getSimpleName().toString(), Function.identity()));
        collect("hearth.", root);
    }

    @Test
    void pageHasEverySetting() throws IOException {
        var page = new GeneratedPage(
                "Settings of the operator",
                "The operator reads them from `application.properties`, which the chart writes from its [values](chart-values.md), or from"
                        + " environment variables: `hearth.tasks-at-once` is `HEARTH_TASKS_AT_ONCE`. Change them by the chart where it has"
                        + " a value for them. All settings of Quarkus can be set, too.",
                "HearthConfig");
        page.table(List.of("setting", "type", "default", "description"), rows);
        page.check(Path.of("docs/reference/settings.md"));
    }

    private void collect(String prefix, ClassTree group) {
        members(group, MethodTree.class)
                .filter(method -> !method.getModifiers().getFlags().contains(Modifier.STATIC))
                .forEach(method -> {
                    var type = requireNonNull(method.getReturnType()).toString();
                    var name = prefix + kebab(method.getName().toString());
                    var nested = Optional.ofNullable(groups.get(type));
                    nested.ifPresent(it -> {
                        rows.add(List.of(code(name + ".*"), "", "", comment(it)));
                        collect(name + ".", it);
                    });
                    if (nested.isEmpty()) {
                        rows.add(List.of(code(name), type(type), code(defaultOf(method)), comment(method)));
                    }
                });
    }

    private static String type(String type) {
        var wrapped = WRAPPED.matcher(type);
        if (wrapped.matches()) {
            return (type.startsWith("Optional") ? "" : "list of ") + type(wrapped.group(1));
        }
        return switch (type) {
            case "int" -> "number";
            case "String" -> "text";
            case "Map<String, String>" -> "map";
            case "Duration", "Boolean", "boolean" -> type.toLowerCase(java.util.Locale.ROOT);
            default -> "one word";
        };
    }

    private String comment(Tree tree) {
        var text = comments.apply(tree).strip().replaceAll("\\s+", " ");
        return INLINE_TAG.matcher(text).replaceAll("`$1`");
    }

    private static String defaultOf(MethodTree method) {
        return method.getModifiers().getAnnotations().stream()
                .filter(it -> it.getAnnotationType().toString().equals("WithDefault"))
                .map(SettingsPageTest::value)
                .findFirst()
                .orElse("");
    }

    private static String value(AnnotationTree annotation) {
        var argument = annotation.getArguments().getFirst();
        var value = argument instanceof AssignmentTree named ? named.getExpression() : argument;
        return String.valueOf(((LiteralTree) value).getValue());
    }

    private static String kebab(String name) {
        return name.replaceAll("([A-Z])", "-$1").toLowerCase(java.util.Locale.ROOT);
    }

    private static <T extends Tree> Stream<T> members(ClassTree group, Class<T> kind) {
        return group.getMembers().stream().filter(kind::isInstance).map(kind::cast);
    }

    private static Path source() throws IOException {
        try (var files = Files.walk(Path.of("src/main/java"))) {
            for (Path file :
                    files.filter(it -> it.toString().endsWith("Config.java")).toList()) {
                if (MAPPING.matcher(Files.readString(file)).find()) {
                    return file;
                }
            }
        }
        throw new AssertionError("no interface of src/main/java maps the settings that begin with hearth");
    }
}
