package dev.hearth.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hearth.api.Pipeline;
import dev.hearth.controller.metrics.CacheGauges;
import dev.hearth.controller.metrics.EveryMeter;
import dev.hearth.controller.support.CacheIndex;
import dev.hearth.controller.sweep.SweepMetrics;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.javaoperatorsdk.operator.api.reconciler.Constants;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheus.PrometheusConfig;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import io.quarkus.runtime.StartupEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The dashboard and the alerts of the chart use only metrics and labels that the operator exposes. */
class MonitoringTest {
    private static final Path FILES = Path.of("charts/hearth/files");
    private static final Pattern METRIC = Pattern.compile("\\b(?:hearth|reconciliations)_[a-z_]+");
    private static final Pattern LABEL = Pattern.compile("([a-z_]+)(?==~?\"|!=)");
    private static final Pattern GROUPING = Pattern.compile("by \\(([^)]*)\\)");

    private static final Set<String> names = new TreeSet<>();
    private static final Set<String> labels = new TreeSet<>();

    @BeforeAll
    @SuppressWarnings("deprecation") // the client that Quarkus brings
    static void expose() {
        var registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        expose(registry);
        registry.scrape().lines().filter(line -> !line.startsWith("#")).forEach(line -> {
            names.add(line.split("[{ ]", 2)[0]);
            find(LABEL, line, 1).forEach(labels::add);
        });
    }

    static void expose(MeterRegistry registry) {
        var controllers = new OperatorMetrics().metrics(registry);
        Map<String, Object> pipeline = Map.of(Constants.CONTROLLER_NAME, "pipeline");
        controllers.reconciliationFailed(new Pipeline(), null, new IllegalStateException("refused"), pipeline);
        controllers.reconciliationSucceeded(new Pipeline(), pipeline);
        var _ = new EveryMeter(registry);
        var _ = new SweepMetrics(registry);
        var _ = new CacheGauges(registry, new CacheIndex());
        new Leadership().started(new StartupEvent(), registry);
    }

    @Test
    void dashboardUsesExposedMetrics() throws IOException {
        var dashboard =
                new ObjectMapper().readTree(FILES.resolve("dashboard.json").toFile());

        assertThat(dashboard.path("panels"))
                .isNotEmpty()
                .allSatisfy(panel -> assertThat(panel.path("targets"))
                        .isNotEmpty()
                        .allSatisfy(target -> assertExposed(target.path("expr").asText())));
        assertThat(dashboard.path("templating").path("list"))
                .extracting(variable -> variable.path("name").asText())
                .containsExactly("datasource", "policy", "pipeline");
        dashboard
                .path("templating")
                .path("list")
                .forEach(variable -> assertThat(
                                find(METRIC, variable.path("query").asText(), 0))
                        .isSubsetOf(names));
    }

    @Test
    void alertsUseExposedMetrics() throws IOException {
        var rules = Serialization.<JsonNode>unmarshal(Files.readString(FILES.resolve("alerts.yaml")), JsonNode.class)
                .path("groups")
                .path(0)
                .path("rules");

        assertThat(rules).isNotEmpty().allSatisfy(rule -> {
            assertExposed(rule.path("expr").asText());
            assertThat(rule.path("alert").asText()).startsWith("Hearth");
            assertThat(rule.path("annotations").path("summary").asText()).isNotEmpty();
            assertThat(rule.path("annotations").path("description").asText()).isNotEmpty();
            // The labels of a summary must be among those that the expression keeps.
            assertThat(find(GROUPING, rule.path("expr").asText(), 1))
                    .flatExtracting(group -> Set.of(group.split(", ")))
                    .containsAll(find(
                            Pattern.compile("\\$labels\\.([a-z_]+)"),
                            rule.path("annotations").path("summary").asText(),
                            1));
        });
    }

    private static void assertExposed(String expression) {
        assertThat(find(METRIC, expression, 0)).as(expression).isNotEmpty().isSubsetOf(names);
        assertThat(find(LABEL, expression, 1)).as(expression).isSubsetOf(labels);
        find(GROUPING, expression, 1)
                .forEach(group -> assertThat(group.split(", ")).as(expression).isSubsetOf(labels));
    }

    private static Set<String> find(Pattern pattern, String text, int group) {
        return pattern.matcher(text).results().map(it -> it.group(group)).collect(Collectors.toSet());
    }
}
