package dev.hearth.e2e;

import dev.hearth.testbed.GitRepository;
import java.util.Map;

/** The smallest repository and pipeline that a test about something else needs. */
final class MinimalPipeline {
    static final String DOCKERFILE = """
            FROM busybox AS files
            RUN echo '#!/bin/sh' >/tool && echo 'echo made of $(uname -m)' >>/tool && chmod 755 /tool
            FROM scratch
            COPY --from=files /tool /
            """;

    private MinimalPipeline() {}

    static String push(GitRepository repository) {
        return repository.push("refs/heads/main", Map.of("Dockerfile", DOCKERFILE));
    }

    /** A pipeline that follows main, with what is given as the rest of its spec. */
    static String pipeline(GitRepository repository, String rest) {
        return """
                apiVersion: hearth.dev/v1alpha1
                kind: Pipeline
                metadata: {name: small}
                spec:
                  source: {url: "%s"}
                  triggers: {poll: 5s, branches: [main]}
                """.formatted(repository.url()) + rest.indent(2);
    }
}
