package dev.hearth.pod.build;

import static dev.hearth.core.Specs.build;
import static dev.hearth.core.Specs.pipeline;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.BuildSpec;
import dev.hearth.api.IsolationForm;
import dev.hearth.api.PipelineSpec;
import dev.hearth.api.Reason;
import dev.hearth.api.SeedMode;
import dev.hearth.api.Trust;
import dev.hearth.api.VariantSpec;
import dev.hearth.buildkit.BuildRequests;
import dev.hearth.core.Specs;
import dev.hearth.core.buildcache.CacheMount;
import dev.hearth.core.plan.Plan;
import dev.hearth.core.ref.GitRef;
import dev.hearth.core.validation.PipelineValidator;
import dev.hearth.core.validation.RequestSizeRule;
import dev.hearth.pod.PodFrame;
import dev.hearth.pod.PodRules;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Compares the limit for specs with the requests of pods, which Kubernetes limits. */
class RequestSizeTest {
    private static final String PLATFORM = "linux/amd64";
    private static final int KUBERNETES = 256 << 10;

    @Test
    void requestsAreNeverLongerThanExpected() {
        var small = pipeline(List.of(build("b", null)), List.of());
        var large =
                pipeline(IntStream.range(0, 16).mapToObj(RequestSizeTest::large).toList(), List.of());

        for (PipelineSpec spec : List.of(small, large)) {
            for (CacheMount cache :
                    List.of(Specs.CACHE, Specs.seededFromMain(IsolationForm.Rootless, SeedMode.Import))) {
                var bytes = bytes(spec, cache);
                assertThat(RequestSizeRule.bytes(spec, PLATFORM)).isBetween(bytes, bytes * 3);
            }
        }
    }

    @Test
    void requestsOfASpecThatIsAcceptedFitIntoTheAnnotationsOfAPod() {
        var fits = withArguments(950);
        var tooLarge = withArguments(1100);

        assertThat(PipelineValidator.in(fits)).isEmpty();
        assertThat(bytes(fits, Specs.seededFromMain(IsolationForm.Rootless, SeedMode.Import)))
                .isBetween(KUBERNETES * 3L / 4, (long) KUBERNETES);
        assertThat(PipelineValidator.in(tooLarge)).hasValueSatisfying(why -> {
            assertThat(why.reason()).isEqualTo(Reason.SpecTooLarge);
            assertThat(why.message()).contains(PLATFORM, "the limit is 240 KiB", "shorten arguments");
        });
    }

    /** 16 variants, each of which has all arguments. */
    private static PipelineSpec withArguments(int characters) {
        var arguments = new HashMap<String, String>();
        IntStream.range(0, 14).forEach(at -> arguments.put("ARGUMENT_" + at, "x".repeat(characters)));
        var build = build("image", Specs.push("main"))
                .with()
                .variants(variants())
                .arguments(arguments)
                .build();
        return pipeline(List.of(build), List.of());
    }

    private static BuildSpec large(int at) {
        return build("b".repeat(28) + "-" + (char) ('a' + at), Specs.push("main"))
                .with()
                .variants(variants())
                .context("é".repeat(256))
                .dockerfile("é".repeat(256))
                .arguments(Map.of("QUOTED", "\"\\\n".repeat(10), "WIDE", "\uD83D\uDD25".repeat(10)))
                .timeout("999h")
                .build();
    }

    private static List<VariantSpec> variants() {
        return IntStream.range(0, 16)
                .mapToObj(at -> new VariantSpec("v".repeat(28) + "-" + (char) ('a' + at), "t".repeat(128), "-" + at))
                .toList();
    }

    private static long bytes(PipelineSpec spec, CacheMount cache) {
        var plan = Plan.of(spec, GitRef.of("refs/heads/main"));
        var requests = new BuildRequests(
                spec.source().url(), "0".repeat(40), Set.of(), spec.cache().imports());
        var pod = BuildPodBuilder.builder()
                .frame(new PodFrame(
                        "ci",
                        "app",
                        "run",
                        Trust.Trusted,
                        "pod",
                        new OwnerReferenceBuilder().withUid("u").build(),
                        Duration.ofMinutes(5)))
                .settings(new BuildPod.Settings("agent", Duration.ofMinutes(1), Duration.ofMinutes(1), 1_000_000_000))
                .toml("toml")
                .isolation(IsolationForm.Rootless)
                .requests(requests)
                .exports(true)
                .artifacts(Optional.of(List.of()))
                .skipped(List.of())
                .rules(PodRules.standard(Trust.Trusted))
                .build();
        var secrets = new BuildPod.Secrets(Optional.of("git"), Map.of());
        return pod.podRequests(cache, plan.buildsFor(PLATFORM), secrets)
                .annotation()
                .getBytes(StandardCharsets.UTF_8)
                .length;
    }
}
