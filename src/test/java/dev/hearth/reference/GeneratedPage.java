package dev.hearth.reference;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A page of docs/ in Markdown that is generated from the sources and committed with them. */
public final class GeneratedPage {
    private final StringBuilder text = new StringBuilder();

    public GeneratedPage(String title, String introduction, String source) {
        text.append("# ").append(title).append("\n\n<!-- Generated from ").append(source);
        text.append(" by make manifests; change it there. -->\n\n")
                .append(introduction)
                .append('\n');
    }

    public void heading(int level, String title) {
        text.append('\n').append("#".repeat(level)).append(' ').append(title).append('\n');
    }

    public void paragraph(String words) {
        text.append('\n').append(words).append('\n');
    }

    public void table(List<String> columns, List<List<String>> rows) {
        text.append('\n');
        row(columns);
        row(columns.stream().map(_ -> "---").toList());
        rows.forEach(this::row);
    }

    private void row(List<String> cells) {
        cells.forEach(cell -> text.append("| ").append(escaped(cell)).append(cell.isEmpty() ? "" : " "));
        text.append("|\n");
    }

    private static String escaped(String cell) {
        return cell.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ");
    }

    /** Code in a cell; nothing if there is none. */
    public static String code(String words) {
        return words.isEmpty() ? "" : "`" + words + "`";
    }

    /** Fails if the page differs from its file; with {@code -Dhearth.pages=write} writes the file instead. */
    public void check(Path file) throws IOException {
        if ("write".equals(System.getProperty("hearth.pages"))) {
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
        }
        assertThat(file).as("up to date: run make manifests and commit it").hasContent(text.toString());
    }
}
