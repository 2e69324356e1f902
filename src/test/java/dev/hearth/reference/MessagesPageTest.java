package dev.hearth.reference;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.BinaryTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ConditionalExpressionTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.LambdaExpressionTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.NewClassTree;
import com.sun.source.tree.ParenthesizedTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreeScanner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Lists every text for people as the sources have them (conditions, steps, events, errors, HTTP answers; not the log), so that
 * they are reviewed together and no change of one goes unseen.
 */
class MessagesPageTest {
    private static final Path SOURCES = Path.of("src/main/java/dev/hearth");
    /** Their texts are the page of reasons. */
    private static final Set<String> LISTED_ELSEWHERE = Set.of("api.ConditionType", "api.Reason");

    /** Three words in a row: anything shorter is a name or a part of a protocol. */
    private static final Pattern WORDS = Pattern.compile("[a-zA-Z.'-]+ [a-zA-Z.'-]+ [a-zA-Z.'-]+");

    /** Words of a message that the program fills in. */
    private static final int LONGEST_PLACEHOLDER = 40;

    @Test
    void pageHasEveryMessage() throws IOException {
        var page = new GeneratedPage(
                "Messages",
                "What Hearth says in conditions, steps, events, errors and HTTP answers, by the class that says it. Words in braces are"
                        + " filled in. [Reasons](reasons.md) says what each reason means. What the agent says in pods is not on this page.",
                "the sources");
        var found = messages();
        assertThat(found).hasSizeGreaterThan(40);
        found.forEach((name, rows) -> {
            page.heading(2, name);
            page.table(List.of("reason", "message"), rows);
        });
        page.check(Path.of("docs/reference/messages.md"));
    }

    private static Map<String, List<List<String>>> messages() throws IOException {
        var compiler = ToolProvider.getSystemJavaCompiler();
        var messages = new TreeMap<String, List<List<String>>>();
        try (Stream<Path> files = Files.walk(SOURCES);
                var manager = compiler.getStandardFileManager(null, null, null)) {
            var sources = files.filter(file -> file.toString().endsWith(".java"))
                    .sorted()
                    .toList();
            var task = (JavacTask)
                    compiler.getTask(null, manager, null, null, null, manager.getJavaFileObjectsFromPaths(sources));
            for (CompilationUnitTree unit : task.parse()) {
                if (LISTED_ELSEWHERE.contains(className(unit))) {
                    continue;
                }
                var rows = new ArrayList<List<String>>();
                unit.accept(new Collector(rows), null);
                if (!rows.isEmpty()) {
                    messages.put(className(unit), rows.stream().distinct().toList());
                }
            }
        }
        return messages;
    }

    private static String className(CompilationUnitTree unit) {
        var file = Path.of(unit.getSourceFile().toUri()).getFileName().toString();
        return (unit.getPackageName() + "." + file.replace(".java", "")).replace("dev.hearth.", "");
    }

    private static final class Collector extends TreeScanner<Void, Void> {
        private final List<List<String>> rows;
        private String reason = "";

        private Collector(List<List<String>> rows) {
            this.rows = rows;
        }

        @Override
        public @Nullable Void visitAnnotation(AnnotationTree tree, Void unused) {
            return null;
        }

        @Override
        public @Nullable Void visitNewClass(NewClassTree tree, Void unused) {
            return beside(tree.getArguments(), () -> super.visitNewClass(tree, null));
        }

        @Override
        public @Nullable Void visitMethodInvocation(MethodInvocationTree tree, Void unused) {
            if (tree.getMethodSelect().toString().matches("LOG\\.\\w+|Pattern\\.compile")) {
                return null;
            }
            if (hasText(tree)) {
                add(tree);
                return scan(tree.getArguments(), null);
            }
            return beside(tree.getArguments(), () -> super.visitMethodInvocation(tree, null));
        }

        @Override
        public @Nullable Void visitBinary(BinaryTree tree, Void unused) {
            if (hasText(tree)) {
                add(tree);
                return null;
            }
            return super.visitBinary(tree, null);
        }

        @Override
        public @Nullable Void visitLiteral(LiteralTree tree, Void unused) {
            if (hasText(tree)) {
                add(tree);
            }
            return null;
        }

        /** Scans what is inside of a call, whose messages have the reason that is an argument of it. */
        private @Nullable Void beside(List<? extends ExpressionTree> arguments, Supplier<@Nullable Void> inside) {
            var outer = reason;
            reason = arguments.stream()
                    .filter(argument -> argument instanceof MemberSelectTree select
                            && select.getExpression().toString().matches("(\\w+\\.)?Reason"))
                    .map(argument ->
                            ((MemberSelectTree) argument).getIdentifier().toString())
                    .findFirst()
                    .orElse("");
            inside.get();
            reason = outer;
            return null;
        }

        private void add(Tree tree) {
            var text = text(tree);
            if (WORDS.matcher(text).find() && !text.contains("\n")) {
                rows.add(List.of(reason, text));
            }
        }

        /** Whether it has a literal of its own: a message that is only passed on is listed where it is made. */
        private static boolean hasText(Tree tree) {
            return switch (tree) {
                case LiteralTree literal -> literal.getValue() instanceof String;
                case BinaryTree binary -> hasText(binary.getLeftOperand()) || hasText(binary.getRightOperand());
                case ParenthesizedTree inner -> hasText(inner.getExpression());
                case ConditionalExpressionTree choice ->
                    hasText(choice.getTrueExpression()) || hasText(choice.getFalseExpression());
                case MethodInvocationTree call ->
                    call.getMethodSelect() instanceof MemberSelectTree select && hasText(select.getExpression());
                default -> false;
            };
        }

        private static String text(Tree tree) {
            return switch (tree) {
                case LiteralTree literal -> String.valueOf(literal.getValue());
                case BinaryTree binary -> text(binary.getLeftOperand()) + text(binary.getRightOperand());
                case ParenthesizedTree inner -> text(inner.getExpression());
                case ConditionalExpressionTree choice ->
                    "[" + text(choice.getTrueExpression()) + " / " + text(choice.getFalseExpression()) + "]";
                case MethodInvocationTree call
                when call.getMethodSelect() instanceof MemberSelectTree select
                        && select.getIdentifier().contentEquals("formatted") -> text(select.getExpression());
                case IdentifierTree name -> "{" + name.getName() + "}";
                case LambdaExpressionTree _ -> "{...}";
                default -> "{" + placeholder(tree.toString()) + "}";
            };
        }

        /** The name of a value: what is called last, without its arguments. */
        private static String placeholder(String expression) {
            var plain = expression.replaceAll("\\s+", " ");
            return plain.length() <= LONGEST_PLACEHOLDER ? plain.replaceAll("\\(\\)", "") : "...";
        }
    }
}
