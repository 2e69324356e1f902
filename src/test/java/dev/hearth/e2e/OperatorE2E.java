package dev.hearth.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.testbed.Hearth;
import dev.hearth.testbed.Workplace;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What an admin sees of the operator itself. */
class OperatorE2E {

    @Test
    void countsReconciliationsByController() {
        try (var work = Workplace.open("metrics");
                var repository = work.repository()) {
            Small.push(repository);
            work.apply(Small.pipeline(repository, "tasks: [{name: unit, image: busybox, command: [/bin/true]}]"));

            var metrics = work.until(
                    "reconciliations in the metrics",
                    () -> Optional.of(metrics(work))
                            .filter(text ->
                                    text.contains("reconciliations_success_total{controller_name=\"pipeline\"")));

            assertThat(metrics).doesNotContain(work.namespace());
        }
    }

    private static String metrics(Workplace work) throws IOException, InterruptedException {
        var service = work.client().services().inNamespace(Hearth.NAMESPACE).withName(Hearth.DEPLOYMENT);
        try (var tunnel = service.portForward(8080);
                var http = HttpClient.newHttpClient()) {
            var address = URI.create("http://127.0.0.1:" + tunnel.getLocalPort() + "/q/metrics");
            return http.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString())
                    .body();
        } catch (IOException e) {
            return ""; // while another test's operator restarts
        }
    }
}
