package dev.hearth.core.ref;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.PipelineSpec;
import dev.hearth.api.RefSelection;
import dev.hearth.api.Trust;
import dev.hearth.core.plan.Plan;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrustDefaultsTest {
    private static final String MAIN = "refs/heads/main";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "-                                         | refs/heads/main      | Trusted   | true",
                "-                                         | refs/heads/x         | Untrusted | false",
                "-                                         | refs/heads/MAIN      | Untrusted | false",
                "-                                         | refs/tags/v1         | Untrusted | false",
                "-                                         | refs/tags/main       | Untrusted | false",
                "-                                         | refs/pull/7/head     | Untrusted | false",
                "trust: {}                                 | refs/heads/main      | Untrusted | false",
                "trust: {branches: [main]}                 | refs/tags/v1         | Untrusted | false",
                "trust: {tags: ['v*']}                     | refs/heads/main      | Untrusted | false",
                "trust: {tags: ['v*']}                     | refs/tags/v1         | Trusted   | true",
                "trust: {branches: [main, 'release/*']}    | refs/heads/main      | Trusted   | true",
                "trust: {branches: [main, 'release/*']}    | refs/heads/release/1 | Trusted   | false",
                "trust: {branches: ['**'], tags: ['**']}   | refs/heads/x         | Trusted   | false",
                "trust: {branches: ['**'], tags: ['**']}   | refs/pull/7/head     | Untrusted | false"
            })
    void trustsTheDefaultBranchAndTheNamedTagsByDefault(String yaml, String ref, Trust trust, boolean pushes) {
        var spec = TrustDefaults.of(spec(yaml == null ? "" : yaml, ""), MAIN);

        assertThat(RefFilter.trust(spec.trusted(), GitRef.of(ref))).isEqualTo(trust);
        assertThat(pushes(spec, ref)).isEqualTo(pushes);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "refs: {branches: ['release/*']} | refs/heads/release/1 | true",
                "refs: {branches: ['release/*']} | refs/heads/main      | false",
                "refs: {branches: ['**']}        | refs/heads/x         | false",
                "refs: {branches: ['**']}        | refs/pull/7/head     | false",
                "refs: {branches: [main]}        | refs/tags/v1         | false",
                "refs: {tags: [v1]}              | refs/tags/v1         | true",
                "refs: {tags: ['*']}             | refs/tags/w1         | false",
                "refs: {}                        | refs/heads/main      | false"
            })
    void pushesOnlyFromTrustedRefs(String refs, String ref, boolean pushes) {
        var trust = "trust: {branches: [main, 'release/*'], tags: ['v*']}";

        assertThat(pushes(TrustDefaults.of(spec(trust, ", " + refs), MAIN), ref))
                .isEqualTo(pushes);
    }

    @Test
    void explainsWhyAnImageIsNotPushed() {
        var spec = TrustDefaults.of(spec("trust: {branches: ['**']}", ""), MAIN);

        var feature =
                Plan.of(spec, GitRef.of("refs/heads/x")).builds().findFirst().orElseThrow();
        var pull = Plan.of(spec, GitRef.of("refs/pull/7/head"))
                .builds()
                .findFirst()
                .orElseThrow();
        var main =
                Plan.of(spec, GitRef.of("refs/heads/main")).builds().findFirst().orElseThrow();

        assertThat(feature.withheld().orElseThrow()).contains("not pushed", "push.refs does not select refs/heads/x");
        assertThat(pull.withheld().orElseThrow()).contains("not pushed", "refs/pull/7/head is not trusted");
        assertThat(main.withheld()).isEmpty();
    }

    @Test
    void trustsNothingIfHeadNamesNoBranch() {
        for (var head : List.of("refs/pull/7/head", "refs/tags/main", "HEAD", "refs/heads/" + "a".repeat(256))) {
            var spec = TrustDefaults.of(spec("", ""), head);
            assertThat(spec.trust()).isEqualTo(new RefSelection(List.of(), List.of()));
            assertThat(pushes(spec, head)).isFalse();
        }
        assertThat(TrustDefaults.of(spec("", ""), null).trust()).isEqualTo(new RefSelection(List.of(), List.of()));
    }

    @Test
    void doesNotChangeExplicitValues() {
        var spec = spec("trust: {branches: [main]}", ", refs: {tags: [v1]}");

        assertThat(TrustDefaults.of(spec, MAIN)).isEqualTo(spec);
        assertThat(TrustDefaults.of(TrustDefaults.of(spec("", ""), MAIN), "refs/heads/x"))
                .isEqualTo(TrustDefaults.of(spec("", ""), MAIN));
    }

    @Property
    void branchOfAnotherNameIsNeverTrustedByDefault(@ForAll String branch) {
        var spec = TrustDefaults.of(spec("", ""), MAIN);

        assertThat(RefFilter.trust(spec.trusted(), GitRef.of("refs/heads/" + branch)) == Trust.Trusted)
                .isEqualTo(branch.equals("main"));
    }

    private static boolean pushes(PipelineSpec spec, String ref) {
        return Plan.of(spec, GitRef.of(ref)).builds().allMatch(build -> build.push() != null);
    }

    private static PipelineSpec spec(String yaml, String push) {
        return Serialization.unmarshal("""
                source: {url: "https://git.example/a.git"}
                %s
                builds:
                - {name: b, push: {repository: registry.example/b%s}}
                """.formatted(yaml, push), PipelineSpec.class);
    }
}
