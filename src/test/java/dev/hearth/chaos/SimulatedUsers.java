package dev.hearth.chaos;

import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunSpec;
import dev.hearth.api.SealedGeneration;
import dev.hearth.api.Trust;
import dev.hearth.git.GitServer;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** People who push, propose, close, clear, go back, and delete what others work on. */
final class SimulatedUsers {
    private static final List<String> PIPELINES = List.of("one", "two");
    private static final String MAIN = "refs/heads/main";
    private static final int MOST_OPEN = 10;

    private final KubernetesClient client;
    private final GitServer.Repository repository;
    private final WriteObserver writes;
    private final Random random;
    private final List<Integer> proposals = new ArrayList<>();
    private int proposed;
    private int commits;
    private String main;
    private String recipe = "FROM busybox\n";

    SimulatedUsers(KubernetesClient client, GitServer.Repository repository, WriteObserver writes, Random random) {
        this.client = client;
        this.repository = repository;
        this.writes = writes;
        this.random = random;
        this.main = commit(MAIN);
        client.resource(Serialization.unmarshal("""
                        apiVersion: hearth.dev/v1alpha1
                        kind: CachePolicy
                        metadata: {name: small}
                        spec:
                          default: true
                          storage: {size: 1Gi}
                          retention: {trusted: {generations: 2}, maxTotal: 1536Mi}
                        """, GenericKubernetesResource.class))
                .create();
        settle();
    }

    /** Makes the namespaces and pipelines that are missing. */
    void settle() {
        for (String name : List.of("red", "blue")) {
            var namespace = client.namespaces().withName(name).get();
            if (namespace == null) {
                client.resource(new NamespaceBuilder()
                                .withNewMetadata()
                                .withName(name)
                                .endMetadata()
                                .build())
                        .create();
                client.serviceAccounts()
                        .inNamespace(name)
                        .withName("default")
                        .waitUntilCondition(it -> it != null, 1, TimeUnit.MINUTES);
            } else if (namespace.isMarkedForDeletion()) {
                continue;
            }
            PIPELINES.forEach(pipeline -> pipeline(name, pipeline));
        }
    }

    /** Something that leads to a phase, or something else altogether. */
    void act(KillPhase wanted) {
        settle();
        switch (wanted) {
            case CREATE -> oneOf(this::push, this::propose, this::again, this::remake);
            case SEED -> oneOf(this::propose, this::propose, this::amend);
            case SEAL -> oneOf(this::push, this::push, this::again);
            case EVICT -> oneOf(this::push, this::push, this::goBack, this::close, this::propose);
            case DELETE -> oneOf(this::clear, this::clear, this::remake, this::removeRun, this::removeRun);
        }
        if (random.nextInt(4) == 0) {
            oneOf(this::close, this::cancel, this::amend, this::clear, this::goBack);
        }
        if (random.nextInt(25) == 0) {
            raze();
        }
    }

    /** Deletes all pipelines, and nothing else. */
    void leave() {
        client.resources(Pipeline.class).inAnyNamespace().list().getItems().forEach(this::delete);
    }

    private void oneOf(Runnable... acts) {
        acts[random.nextInt(acts.length)].run();
    }

    private void push() {
        if (isBusy()) {
            return;
        }
        if (random.nextInt(5) == 0) {
            recipe = "FROM busybox\n# " + commits + "\n";
        }
        main = commit(MAIN, main);
    }

    private void propose() {
        if (!isBusy()) {
            proposals.add(++proposed);
            commit(ref(proposed), main);
        }
    }

    private void amend() {
        if (!isBusy() && !proposals.isEmpty()) {
            commit(ref(proposals.get(random.nextInt(proposals.size()))), main);
        }
    }

    private void close() {
        any(proposals).ifPresent(closed -> {
            proposals.removeIf(closed::equals);
            repository.git("update-ref", "-d", ref(closed));
        });
    }

    private void again() {
        any(client.resources(Pipeline.class).inAnyNamespace().list().getItems()).ifPresent(pipeline -> {
            var run = new PipelineRun();
            run.setMetadata(new ObjectMetaBuilder()
                    .withNamespace(pipeline.getMetadata().getNamespace())
                    .withGenerateName(pipeline.getMetadata().getName() + "-")
                    .build());
            run.setSpec(PipelineRunSpec.of(pipeline.getMetadata().getName(), MAIN, null));
            tolerant(() -> client.resource(run).create());
        });
    }

    private void cancel() {
        any(open()).ifPresent(run -> patch(run, "{\"spec\": {\"cancel\": true}}"));
    }

    private void removeRun() {
        any(writes.runs()).ifPresent(this::delete);
    }

    private void clear() {
        any(writes.scopes()).ifPresent(this::delete);
    }

    private void goBack() {
        var scopes = writes.scopes().stream()
                .filter(scope -> scope.getSpec().trust() == Trust.Trusted)
                .toList();
        any(scopes)
                .ifPresent(scope -> any(WriteObserver.volumes(scope)
                                .flatMap(volume -> volume.generations().stream())
                                .map(SealedGeneration::number)
                                .toList())
                        .ifPresent(number -> patch(scope, "{\"spec\": {\"rollbackTo\": " + number + "}}")));
    }

    private void remake() {
        any(client.resources(Pipeline.class).inAnyNamespace().list().getItems()).ifPresent(pipeline -> {
            delete(pipeline);
            if (random.nextBoolean()) {
                settle();
            }
        });
    }

    private void raze() {
        any(client.resources(Pipeline.class).inAnyNamespace().list().getItems()).ifPresent(pipeline -> {
            var namespace = pipeline.getMetadata().getNamespace();
            client.resources(Pipeline.class)
                    .inNamespace(namespace)
                    .list()
                    .getItems()
                    .forEach(writes::userDeletes);
            writes.scopes().stream()
                    .filter(scope -> scope.getMetadata().getNamespace().equals(namespace))
                    .forEach(writes::userDeletes);
            client.namespaces().withName(namespace).delete();
        });
    }

    private void pipeline(String namespace, String name) {
        if (client.resources(Pipeline.class)
                        .inNamespace(namespace)
                        .withName(name)
                        .get()
                != null) {
            return;
        }
        var pipeline = Serialization.unmarshal(
                """
                apiVersion: hearth.dev/v1alpha1
                kind: Pipeline
                metadata: {name: %s, namespace: %s}
                spec:
                  source: {url: "%s"}
                  triggers: {poll: 5s, branches: ["**"], pullRequests: {enabled: true}}
                  trust: {branches: [main]}
                  history: {keep: 4}
                  pendingTimeout: 30s
                  builds: [{name: tool, artifact: true}]
                  tasks: [{name: check, image: busybox, artifacts: [tool], command: [/artifacts/tool/check]}]
                """.formatted(name, namespace, repository.http().url()), Pipeline.class);
        tolerant(() -> client.resource(pipeline).create());
    }

    private String commit(String ref, String... parents) {
        commits++;
        return repository.commit(
                ref,
                List.of(
                        new GitServer.Entry("100644", "Dockerfile", recipe),
                        new GitServer.Entry("100644", "source", "number " + commits)),
                parents);
    }

    private static String ref(int proposal) {
        return "refs/pull/" + proposal + "/head";
    }

    private boolean isBusy() {
        return open().size() >= MOST_OPEN;
    }

    private List<PipelineRun> open() {
        return writes.runs().stream()
                .filter(run -> run.getStatus() == null || run.getStatus().finishedAt() == null)
                .toList();
    }

    private <T> Optional<T> any(List<T> things) {
        return things.isEmpty() ? Optional.empty() : Optional.of(things.get(random.nextInt(things.size())));
    }

    private void delete(HasMetadata object) {
        writes.userDeletes(object);
        client.resource(object).delete();
    }

    private void patch(HasMetadata object, String change) {
        tolerant(() -> client.resource(object).patch(PatchContext.of(PatchType.JSON_MERGE), change));
    }

    /** What somebody deletes at the same time cannot be changed or added to. */
    private static void tolerant(Runnable act) {
        try {
            act.run();
        } catch (KubernetesClientException e) {
            if (e.getCode() != 404 && e.getCode() != 403 && e.getCode() != 409) {
                throw e;
            }
        }
    }
}
