package dev.hearth.core.validation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.PipelineSpec;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PatternRulesTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "triggers: {branches: [main, 'a[']}           | spec.triggers.branches has the pattern a[",
                "triggers: {tags: ['v 1']}                    | spec.triggers.tags has the pattern v 1",
                "trust: {branches: ['[z-a]']}                 | spec.trust.branches has the pattern [z-a]",
                "trust: {tags: ['v\\*']}                      | spec.trust.tags has the pattern v\\*",
                "cache: {recipe: ['{a,b}']}                   | spec.cache.recipe has the pattern {a,b}",
                "builds: [{name: b, push: {refs: {tags: ['[']}}}] | spec.builds[b].push.refs.tags has the pattern [",
                "builds: [{name: b, inputs: [ok, 'a[']}]      | spec.builds[b].inputs has the pattern a[",
                "tasks: [{name: t, inputs: ['a\\']}]          | spec.tasks[t].inputs has the pattern a\\"
            })
    void namesTheFieldOfAMalformedPattern(String yaml, String problem) {
        assertThat(PatternRules.in(spec(yaml)))
                .hasValueSatisfying(it -> assertThat(it.problem()).startsWith(problem + ", which is malformed"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "triggers: {tags: [v1, 'v 1']}                | spec.triggers.tags[1]",
                "builds: [{name: a}, {name: b, push: {refs: {tags: ['[']}}}] | spec.builds[1].push.refs.tags[0]",
                "builds: [{name: b, inputs: [ok, 'a[']}]      | spec.builds[0].inputs[1]",
                "tasks: [{name: s}, {name: t, inputs: ['a\\']}] | spec.tasks[1].inputs[0]"
            })
    void numbersTheEntriesOfTheField(String yaml, String field) {
        assertThat(PatternRules.in(spec(yaml)))
                .hasValueSatisfying(it -> assertThat(it.field()).isEqualTo(field));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"triggers: {branches: ['**', 'v[0-9]?', '#1']}", "cache: {recipe: ['!a/**/[b-c]', '\\{']}"})
    void acceptsWellFormedPatterns(String yaml) {
        assertThat(PatternRules.in(spec(yaml))).isEmpty();
    }

    private static PipelineSpec spec(String yaml) {
        return Serialization.unmarshal("source: {url: \"https://git.example/a.git\"}\n" + yaml, PipelineSpec.class);
    }
}
