package dev.hearth.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hearth.api.Pipeline;
import dev.hearth.testbed.FakeApiServer;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Watches, as the operator's clients make them, of an API server that refuses WebSockets. */
class PlainHttpWatchTest {
    private static final String PODS = "/api/v1/namespaces/team/pods";
    private static final String PIPELINES = "/apis/hearth.dev/v1alpha1/namespaces/team/pipelines";

    /** Characters of two, three and four bytes. */
    private static final List<String> TEXTS = List.of("Größe", "构建", "🚀🚀", "plain");

    private FakeApiServer server;

    @BeforeEach
    void start() throws IOException {
        server = new FakeApiServer();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void podsAreRead() {
        assertThat(readPods(TEXTS)).isEqualTo(TEXTS);
    }

    @Test
    void customResourcesAreRead() {
        assertThat(readPipelines(TEXTS)).isEqualTo(TEXTS);
    }

    /** They have many buffers, which end within characters. */
    @ParameterizedTest
    @ValueSource(strings = {"ä", "构", "🚀", "aä构🚀"})
    void longTextsAreRead(String characters) {
        var text = characters.repeat(5_000);
        var texts = Collections.nCopies(20, text);

        // compared before the assertion, whose message would have megabytes
        assertThat(readPods(texts)).map(text::equals).containsOnly(true);
        assertThat(readPipelines(texts)).map(text::equals).containsOnly(true);
    }

    /** As the operator watches pods. */
    private List<String> readPods(List<String> texts) {
        put(PODS, "v1", "Pod", texts);
        var client = new PodWatchClient(server.client());
        var seen = new Seen<Pod>();
        try (var _ = client.client().pods().inNamespace("team").watch(seen)) {
            return seen.texts(texts.size());
        } finally {
            client.close();
        }
    }

    /** As the operator watches everything else. */
    private List<String> readPipelines(List<String> texts) {
        put(PIPELINES, "hearth.dev/v1alpha1", "Pipeline", texts);
        var client = new ApiClientProducer(
                server.client().getConfiguration(), new KubernetesSerialization(new ObjectMapper(), true));
        var seen = new Seen<Pipeline>();
        try (var _ =
                client.client().resources(Pipeline.class).inNamespace("team").watch(seen)) {
            return seen.texts(texts.size());
        } finally {
            client.close();
        }
    }

    private void put(String path, String api, String kind, List<String> texts) {
        server.putWatch(
                path, texts.stream().map(text -> """
                {"type":"MODIFIED","object":{"kind":"%s","apiVersion":"%s","metadata":{"name":"one","namespace":"team",\
                "resourceVersion":"1","annotations":{"text":"%s"}}}}
                """.formatted(kind, api, text)).toList());
    }

    private static final class Seen<T extends HasMetadata> implements Watcher<T> {
        private final List<T> objects = new CopyOnWriteArrayList<>();
        private final List<WatcherException> failures = new CopyOnWriteArrayList<>();

        @Override
        public void eventReceived(Action action, T object) {
            objects.add(object);
        }

        @Override
        public void onClose(WatcherException failure) {
            failures.add(failure);
        }

        /** Waits for the first events, and returns the texts of their objects. */
        List<String> texts(int events) {
            await().until(() -> objects.size() >= events || !failures.isEmpty());
            assertThat(failures).isEmpty();
            return objects.subList(0, events).stream()
                    .map(object -> object.getMetadata().getAnnotations().get("text"))
                    .toList();
        }
    }
}
