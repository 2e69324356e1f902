package dev.hearth.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class TemplateTest {
    private static final Map<String, String> VALUES =
            Map.of("ref", "refs/heads/main", "commit", "c0ffee", "matrix.db", "{commit}$1\\", "shard", "2");

    @Test
    void replacesKnownNames() {
        assertThat(Template.fill("{ref}@{commit} {shard}", VALUES)).isEqualTo("refs/heads/main@c0ffee 2");
    }

    @Test
    void doesNotReplacePlaceholdersInValues() {
        assertThat(Template.fill("--db={matrix.db}", VALUES)).isEqualTo("--db={commit}$1\\");
    }

    @Test
    void placeholderWithoutAValueIsEmpty() {
        assertThat(Template.fill("[{tag}{matrix.other}]", VALUES)).isEqualTo("[]");
    }

    @Test
    void keepsOtherBraces() {
        var text = "{} {x} ${HOME} {{ .Name }} {\"ref\": 1} {REF} { ref } {ref {matrix.} {matrix.a-b} {shards2} a{1,2}";

        assertThat(Template.fill(text, VALUES)).isEqualTo(text);
        assertThat(Template.names(text)).isEmpty();
    }

    @Test
    void secondBraceEscapesAPlaceholder() {
        assertThat(Template.fill("{{ref} {{matrix.db}} {{{ref}", VALUES)).isEqualTo("{ref} {matrix.db}} {{ref}");
        assertThat(Template.names("{{ref}")).isEmpty();
    }

    @Test
    void findsTheNamesOfPlaceholders() {
        assertThat(Template.names("{ref} {matrix.db} {ref}")).containsExactly("ref", "matrix.db");
    }

    @Property
    void textWithoutBracesIsUnchanged(@ForAll String text) {
        var plain = text.replace("{", "");

        assertThat(Template.fill(plain, VALUES)).isEqualTo(plain);
    }

    @Property
    void insertsAnyValueLiterally(@ForAll String before, @ForAll String value, @ForAll String after) {
        var left = before.replace("{", "").replace("$", ""); // nothing after a $ is a placeholder

        assertThat(Template.fill(left + "{tag}" + after.replace("{", ""), Map.of("tag", value)))
                .isEqualTo(left + value + after.replace("{", ""));
    }
}
