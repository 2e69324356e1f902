package dev.hearth.e2e;

import dev.hearth.testbed.HearthDeployment;
import dev.hearth.testbed.TestNamespace;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;

/** The operator's meters, as Prometheus would read them. */
record MetricsReader(String text) {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** Once it answers, which it does not while it restarts. */
    static MetricsReader of(TestNamespace work) {
        return work.until("the operator's metrics", () -> read(work).map(MetricsReader::new));
    }

    /** Of all series of a name that have these labels, given as names and values. */
    double sum(String name, String... labels) {
        return series(name, labels)
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    boolean has(String name, String... labels) {
        return series(name, labels).findAny().isPresent();
    }

    private Stream<String> series(String name, String... labels) {
        return text.lines()
                .filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
                .filter(line -> {
                    for (var i = 0; i < labels.length; i += 2) {
                        if (!line.contains(labels[i] + "=\"" + labels[i + 1] + "\"")) {
                            return false;
                        }
                    }
                    return true;
                });
    }

    private static Optional<String> read(TestNamespace work) throws InterruptedException {
        var service =
                work.client().services().inNamespace(HearthDeployment.NAMESPACE).withName(HearthDeployment.DEPLOYMENT);
        try (var tunnel = service.portForward(9000);
                var http = HttpClient.newBuilder().version(Version.HTTP_1_1).build()) {
            var address = URI.create("http://127.0.0.1:" + tunnel.getLocalPort() + "/q/metrics");
            var request = HttpRequest.newBuilder(address).timeout(PATIENCE).build();
            var answer = http.send(request, BodyHandlers.ofString());
            return answer.statusCode() == 200 ? Optional.of(answer.body()) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty(); // while another test's operator restarts, or a tunnel has lost its connection
        }
    }
}
