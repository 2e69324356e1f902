package dev.hearth.app;

import static dev.hearth.reference.GeneratedPage.code;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.app.MeterDescriptions.Description;
import dev.hearth.reference.GeneratedPage;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class MetricsPageTest {
    private static final String PREFIX = "hearth.";
    private static final Pattern METER =
            Pattern.compile("(?:counter\\(|gauge\\(|timer\\(|METRIC =)\\s*\"(hearth\\.[a-z.]+)\"");

    @Test
    void pageHasEveryMeter() throws IOException {
        var page = new GeneratedPage(
                "Metrics",
                "The operator serves them to Prometheus at `/q/metrics` of port 9000. Besides these there are `reconciliations_...` of each"
                        + " controller, and those of the JVM and of HTTP. `pipeline` is `NAMESPACE/NAME`. No label has a ref, commit or run,"
                        + " whose number has no bound.",
                "MeterDescriptions");
        page.table(
                List.of("metric", "type", "labels", "description"),
                MeterDescriptions.ALL.stream()
                        .map(it -> List.of(
                                code(exposed(it)),
                                it.type().name().toLowerCase(java.util.Locale.ROOT),
                                it.labels().stream().map(GeneratedPage::code).collect(Collectors.joining(", ")),
                                it.text()))
                        .toList());
        page.check(Path.of("docs/reference/metrics.md"));
    }

    @Test
    void metersAreAsTheyAreDescribed() {
        var registry = new SimpleMeterRegistry();
        registry.config().meterFilter(new MeterDescriptions());
        MonitoringTest.expose(registry);

        var ids = registry.getMeters().stream()
                .map(Meter::getId)
                .filter(id -> id.getName().startsWith(PREFIX))
                .toList();
        assertThat(ids)
                .isNotEmpty()
                .allSatisfy(id -> assertThat(MeterDescriptions.ALL)
                        .filteredOn(it -> it.name().equals(id.getName()))
                        .singleElement()
                        .satisfies(it -> {
                            assertThat(id.getType()).isEqualTo(it.type());
                            assertThat(id.getTags())
                                    .extracting(Tag::getKey)
                                    .containsExactlyInAnyOrderElementsOf(it.labels());
                            assertThat(id.getDescription()).isEqualTo(it.text());
                        }));
    }

    @Test
    void everyMeterOfTheCodeIsDescribedAndNoOther() throws IOException {
        var written = new TreeSet<String>();
        try (var files = Files.walk(Path.of("src/main/java"))) {
            files.filter(Files::isRegularFile)
                    .filter(it -> !it.endsWith("MeterDescriptions.java"))
                    .map(MetricsPageTest::read)
                    .forEach(text -> METER.matcher(text).results().forEach(it -> written.add(it.group(1))));
        }
        var registry = new SimpleMeterRegistry();
        MonitoringTest.expose(registry);
        registry.getMeters().stream()
                .map(meter -> meter.getId().getName())
                .filter(name -> name.startsWith(PREFIX))
                .forEach(written::add);

        assertThat(MeterDescriptions.ALL).extracting(Description::name).containsExactlyElementsOf(written);
    }

    private static String exposed(Description meter) {
        var name = meter.name().replace('.', '_');
        return switch (meter.type()) {
            case COUNTER -> name + "_total";
            case TIMER -> name + "_seconds";
            default -> name;
        };
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
