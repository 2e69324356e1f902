package dev.hearth.e2e;

import static dev.hearth.e2e.CacheFixture.log;
import static dev.hearth.e2e.CacheFixture.scope;
import static dev.hearth.e2e.CacheFixture.sealed;
import static dev.hearth.e2e.CacheFixture.seed;
import static dev.hearth.e2e.CacheFixture.succeeded;
import static dev.hearth.e2e.CacheFixture.volume;
import static dev.hearth.testbed.TestNamespace.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.SeedMode;
import dev.hearth.api.Trust;
import dev.hearth.core.secret.SecretConsent;
import dev.hearth.testbed.GitRepository;
import dev.hearth.testbed.TestNamespace;
import dev.hearth.testbed.VolumeFiles;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * What a hostile pull request tries by its Dockerfile. After each, main's volume is what it was, and what main builds next
 * is what it would be without any cache.
 */
@TestInstance(Lifecycle.PER_CLASS)
@Execution(ExecutionMode.SAME_THREAD)
class AttackE2E {
    /** What comes out depends on a cache mount, as with every compiler's cache. */
    private static final String DOCKERFILE = """
            FROM busybox AS made
            RUN --mount=type=cache,target=/cache [ -e /cache/tool ] || echo good >/cache/tool
            COPY source /source
            RUN --mount=type=cache,target=/cache cat /cache/tool /source >/made
            FROM scratch
            COPY --from=made /made /
            """;

    /** In place of all but the last stage of main's Dockerfile. */
    private static final String ATTACK = """
            FROM busybox AS made
            RUN --mount=type=cache,target=/cache %s
            FROM scratch
            COPY --from=made /made /
            """;

    private final TestNamespace work = TestNamespace.open("attack");
    private final GitRepository repository = work.repository();
    private VolumeFiles trusted;
    private String before = "";

    AttackE2E() {
        var first = repository.push("refs/heads/main", Map.of("Dockerfile", DOCKERFILE, "source", "first\n"));
        work.secret(
                "push",
                "kubernetes.io/dockerconfigjson",
                Map.of(SecretConsent.PIPELINES, "*", SecretConsent.HOSTS, "registry.fixtures:5000"),
                Map.of(
                        ".dockerconfigjson",
                        "{\"auths\": {\"registry.fixtures:5000\": {\"username\": \"ci\", \"password\": \"hunter2\"}}}"));
        work.apply(pipeline("small"));
        succeeded(work.finishedRunOf(first));
        trusted = VolumeFiles.of(work, sealed(work, "refs/heads/main", first).claim());
    }

    @BeforeAll
    void hash() {
        before = trusted.hash(".");
    }

    @Test
    void poisonedCacheMount() {
        var run = attack(1, "echo EVIL >/cache/tool; cp /cache/tool /made");

        assertThat(made(run)).isEqualTo("EVIL");
        assertThat(seed(work, "refs/pull/1/head").mode()).isEqualTo(SeedMode.Overlay);
        nothingReachedMain("first");
    }

    @Test
    void writesToEveryPath() {
        var run = attack(2, """
                cut -d ' ' -f 5 /proc/self/mountinfo >/mounts; \\
                for root in / /proc/1/root /proc/[0-9]*/root /proc/[0-9]*/cwd; do \\
                  for path in $(cat /mounts) /var/lib/hearth /var/lib/hearth/volumes/* /var/lib/hearth/view /run/buildkit; do \\
                    echo EVIL >"$root$path/evil" && echo "$root$path" >>/written; \\
                    find "$root$path/" -maxdepth 3 -name tool -exec sh -c 'echo EVIL >"$0"' {} \\; ; \\
                    mount -o remount,rw,bind "$root$path"; \\
                  done; \\
                done 2>/dev/null; \\
                for disk in 8:0 8:1 253:0 254:0 259:0; do mknod /disk b ${disk%:*} ${disk#*:} && head -c 1 /disk && echo disk >>/written; rm -f /disk; done; \\
                sort -u /written >/made
                """);

        // Its own files and its own view of the cache mount, and no device of the node.
        assertThat(made(run)).contains("//cache").doesNotContain("disk");
        nothingReachedMain("second");
    }

    @Test
    void looksForTokensAndCredentials() {
        var run = attack(3, """
                { env; cat /proc/[0-9]*/environ | tr '\\\\0' '\\\\n'; \\
                  find / -xdev -path /proc -prune -o -type f -print | xargs grep -lE 'hunter2|BEGIN .*PRIVATE|eyJhbGciOi'; \\
                  find /var/run/secrets /run/secrets /root/.docker /proc/[0-9]*/root/run/secrets; } 2>/dev/null \\
                | grep -vE '^(PATH|HOME|SHLVL|PWD|HOSTNAME|OLDPWD|TRACEPARENT|OTEL_[A-Z_]*)=' | sort -u >/made; :
                """);

        assertThat(made(run)).isEmpty();
        var pod = work.client()
                .pods()
                .inNamespace(work.namespace())
                .withName(step(run, "tool/linux/amd64").pod())
                .get();
        assertThat(pod.getSpec().getVolumes())
                .noneMatch(volume -> volume.getSecret() != null || volume.getProjected() != null);
        nothingReachedMain("third");
    }

    /** Names that a careless join, case or cut could take for main's. */
    @Test
    void branchesNamedLikeATrustedScope() {
        var main = scope(work, "refs/heads/main");
        var names = List.of(
                "refs/heads/refs/heads/main",
                "refs/heads/Main",
                "refs/heads/main-",
                "refs/heads/heads/main",
                "refs/heads/" + main.getMetadata().getName());
        var dockerfile = ATTACK.formatted("echo EVIL >/cache/tool; cp /cache/tool /made");
        names.forEach(name ->
                succeeded(work.finishedRunOf(repository.push(name, Map.of("Dockerfile", dockerfile, "source", name)))));

        assertThat(names).allSatisfy(name -> {
            assertThat(scope(work, name).getSpec().trust()).isEqualTo(Trust.Untrusted);
            assertThat(volume(work, name).generations()).isEmpty();
        });
        assertThat(Stream.concat(names.stream(), Stream.of("refs/heads/main"))
                        .map(name -> volume(work, name).claim()))
                .doesNotHaveDuplicates();
        nothingReachedMain("fourth");
    }

    @Test
    void twoPullRequestsAtOnce() {
        var waits = "echo %1$s >>/cache/seen; sleep 3; echo %1$s >/cache/tool; cat /cache/seen /cache/tool >/made";
        var one = push(5, waits.formatted("five"));
        var other = push(6, waits.formatted("six"));

        assertThat(made(succeeded(work.finishedRunOf(one)))).isEqualTo("five\nfive");
        assertThat(made(succeeded(work.finishedRunOf(other)))).isEqualTo("six\nsix");
        nothingReachedMain("fifth");
    }

    private PipelineRun attack(int number, String step) {
        return succeeded(work.finishedRunOf(push(number, step)));
    }

    private String push(int number, String step) {
        return repository.push(
                "refs/pull/" + number + "/head",
                Map.of("Dockerfile", ATTACK.formatted(step.strip()), "source", "attack " + number));
    }

    /** Main's volume is untouched, and its next build gives what a pipeline without any cache gives. */
    private void nothingReachedMain(String source) {
        assertThat(trusted.hash(".")).as("files of main's volume").isEqualTo(before);
        var next = repository.push("refs/heads/main", Map.of("Dockerfile", DOCKERFILE, "source", source + "\n"));
        var warm = succeeded(work.finishedRunOf(next));
        sealed(work, "refs/heads/main", next);
        before = trusted.hash(".");
        var cold = "cold-" + source;
        work.apply(pipeline(cold));
        var clean = succeeded(work.finished(work.start(cold, "refs/heads/main", next)));

        assertThat(step(clean, "tool/linux/amd64").cached()).isZero();
        assertThat(step(warm, "tool/linux/amd64").cached()).isPositive();
        assertThat(made(warm)).isEqualTo(made(clean)).isEqualTo("good\n" + source);
    }

    private String made(PipelineRun run) {
        return log(work, step(run, "show").pod());
    }

    private String pipeline(String name) {
        var follows = name.equals("small");
        return CacheFixture.pipeline(repository, """
                builds:
                - name: tool
                  artifact: true
                  push: {repository: "registry.fixtures:5000/%s", credentials: {secretName: push}}
                tasks: [{name: show, image: busybox, artifacts: [tool], command: [cat, /artifacts/tool/made]}]
                """.formatted(work.namespace()))
                .replace("name: small", "name: " + name)
                .replace(
                        "branches: [\"**\"], pullRequests: {enabled: true}",
                        follows ? "branches: [\"**\"], pullRequests: {enabled: true}" : "branches: []");
    }

    @AfterAll
    void close() {
        trusted.close();
        repository.close();
        work.close();
    }
}
