package dev.hearth.reference;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DecisionsPageTest {
    private static final Path FOLDER = Path.of("docs/decisions");
    private static final Pattern TITLE = Pattern.compile("# ([0-9]+)\\. (.*)");
    private static final Pattern SUPERSEDED =
            Pattern.compile("(?i)superseded (in part )?by (?:\\[)?(?:decision )?([0-9]+)(?: and ([0-9]+))?");

    @Test
    void pageHasEveryDecision() throws IOException {
        var page = new GeneratedPage(
                "Decisions",
                "Why things are as they are: context, decision and alternatives, half a page each. A decision is not rewritten: a later one"
                        + " supersedes it. Numbers that are missing were never used.",
                "the titles in this folder");
        var rows = new ArrayList<List<String>>();
        try (var files = Files.list(FOLDER)) {
            for (Path file : files.filter(it -> it.getFileName().toString().matches("[0-9]{4}-.*\\.md"))
                    .sorted()
                    .toList()) {
                rows.add(row(file));
            }
        }
        page.table(List.of("", "decision", "superseded by"), rows);
        page.check(FOLDER.resolve("README.md"));
    }

    private static List<String> row(Path file) throws IOException {
        var text = Files.readString(file);
        var title = TITLE.matcher(text.lines().findFirst().orElse(""));
        if (!title.matches()
                || !file.getFileName().toString().startsWith("%04d-".formatted(Integer.parseInt(title.group(1))))) {
            throw new AssertionError(file + " has to begin with its number and title: # 7. Title");
        }
        var superseded = SUPERSEDED.matcher(text);
        return List.of(
                title.group(1),
                "[" + title.group(2) + "](" + file.getFileName() + ")",
                superseded.find() ? numbers(superseded) + (superseded.group(1) == null ? "" : " in part") : "");
    }

    private static String numbers(MatchResult superseded) {
        return Stream.of(2, 3)
                .flatMap(group -> Stream.ofNullable(superseded.group(group)))
                .map(number -> String.valueOf(Integer.parseInt(number)))
                .collect(Collectors.joining(" and "));
    }
}
