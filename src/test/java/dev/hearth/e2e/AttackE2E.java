package dev.hearth.e2e;

import static dev.hearth.e2e.CacheFixture.log;
import static dev.hearth.e2e.CacheFixture.sealed;
import static dev.hearth.e2e.CacheFixture.seed;
import static dev.hearth.e2e.CacheFixture.succeeded;
import static dev.hearth.testbed.TestNamespace.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.SeedMode;
import dev.hearth.api.StepStatus;
import dev.hearth.core.secret.SecretConsent;
import dev.hearth.testbed.GitRepository;
import dev.hearth.testbed.TestNamespace;
import dev.hearth.testbed.VolumeFiles;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * What hostile pull requests try by their Dockerfiles, all at once. Afterwards main's volume is what it was, and what main builds
 * next is what it would be without any cache.
 */
@Order(2) // its runs follow each other
@TestInstance(Lifecycle.PER_CLASS)
@Execution(ExecutionMode.SAME_THREAD)
class AttackE2E {
    private static final String MAIN = "refs/heads/main";
    private static final String ATTACKER = "refs/pull/1/head";

    /** What comes out depends on a cache mount, as with every compiler's cache. */
    private static final String DOCKERFILE = """
            FROM busybox AS made
            RUN --mount=type=cache,target=/cache [ -e /cache/tool ] || echo good >/cache/tool
            COPY source /source
            RUN --mount=type=cache,target=/cache cat /cache/tool /source >/made
            FROM scratch
            COPY --from=made /made /
            """;

    /** Each of these writes what it has reached to a file named after its stage. */
    private static final String POISONS = "echo EVIL >/cache/tool; cp /cache/tool /poisons";

    private static final String WRITES = """
            cut -d ' ' -f 5 /proc/self/mountinfo >/mounts; \\
            for root in / /proc/1/root /proc/[0-9]*/root /proc/[0-9]*/cwd; do \\
              for path in $(cat /mounts) /var/lib/hearth /var/lib/hearth/volumes/* /var/lib/hearth/view /var/lib/hearth/sockets; do \\
                echo EVIL >"$root$path/evil" && echo "$root$path" >>/written; \\
                find "$root$path/" -maxdepth 3 -name tool -exec sh -c 'echo EVIL >"$0"' {} \\; ; \\
                mount -o remount,rw,bind "$root$path"; \\
              done; \\
            done 2>/dev/null; \\
            for disk in 8:0 8:1 253:0 254:0 259:0; do mknod /disk b ${disk%:*} ${disk#*:} && head -c 1 /disk && echo disk >>/written; rm -f /disk; done; \\
            sort -u /written >/writes
            """;

    private static final String LOOKS = """
            { env; cat /proc/[0-9]*/environ | tr '\\0' '\\n'; \\
              find / -xdev -path /proc -prune -o -type f -print | xargs grep -lE 'hunter2|BEGIN .*PRIVATE|eyJhbGciOi'; \\
              find /var/run/secrets /run/secrets /root/.docker /proc/[0-9]*/root/run/secrets; } 2>/dev/null \\
            | grep -vE '^(PATH|HOME|SHLVL|PWD|HOSTNAME|OLDPWD|TRACEPARENT|OTEL_[A-Z_]*)=' | sort -u >/looks; :
            """;

    /** Looks at the cache mount once both pull requests have written to theirs: a name that exists only then. */
    private static final String SHARES = "echo %s >>/cache/seen; echo wrote in $((6 * 7)); "
            + "until nslookup both.%s.svc.cluster.local; do sleep 1; done; cp /cache/seen /shares";

    private static final String WROTE = "wrote in 42";

    private final TestNamespace work = TestNamespace.open("attack");
    private final GitRepository repository = work.repository();
    private VolumeFiles trusted;
    private PipelineRun attack;
    private PipelineRun other;

    AttackE2E() {
        var first = push(MAIN, "first", DOCKERFILE);
        work.secret(
                "push",
                "kubernetes.io/dockerconfigjson",
                Map.of(SecretConsent.PIPELINES, "*", SecretConsent.HOSTS, "registry.fixtures:5000"),
                Map.of(
                        ".dockerconfigjson",
                        "{\"auths\": {\"registry.fixtures:5000\": {\"username\": \"ci\", \"password\": \"hunter2\"}}}"));
        work.apply(pipeline("small"));
        succeeded(work.finishedRunOf(first));
        trusted = VolumeFiles.of(work, sealed(work, MAIN, first).claim());
        var before = trusted.hash(".");

        var stages = new LinkedHashMap<String, String>();
        stages.put("poisons", POISONS);
        stages.put("writes", WRITES);
        stages.put("looks", LOOKS);
        stages.put("shares", SHARES.formatted("one", work.namespace()));
        var one = push(ATTACKER, "one", dockerfile(stages));
        var two = push(
                "refs/pull/2/head", "two", dockerfile(Map.of("shares", SHARES.formatted("two", work.namespace()))));
        hasWritten(one);
        hasWritten(two);
        work.openName("both");
        attack = succeeded(work.finishedRunOf(one));
        other = succeeded(work.finishedRunOf(two));

        assertThat(trusted.hash(".")).as("files of main's volume").isEqualTo(before);
    }

    @Test
    void poisonedCacheMountIsThePullRequestsOwn() {
        assertThat(reached(attack, "poisons")).containsExactly("EVIL");
        assertThat(seed(work, ATTACKER).mode()).isEqualTo(SeedMode.Overlay);
    }

    @Test
    void writesItsOwnFilesAndItsOwnViewOfTheCacheMountAndNoDeviceOfTheNode() {
        assertThat(reached(attack, "writes")).contains("//cache").doesNotContain("disk");
    }

    @Test
    void findsNoTokensAndCredentials() {
        assertThat(reached(attack, "looks")).isEmpty();
        var pod = work.client()
                .pods()
                .inNamespace(work.namespace())
                .withName(step(attack, "tool/linux/amd64").pod())
                .get();
        assertThat(pod.getSpec().getVolumes())
                .noneMatch(volume -> volume.getSecret() != null || volume.getProjected() != null);
    }

    @Test
    void pullRequestsAtOnceSeeNothingOfEachOther() {
        assertThat(reached(attack, "shares")).containsExactly("one");
        assertThat(reached(other, "shares")).containsExactly("two");
    }

    /** Main's next build gives what a pipeline without any cache gives. */
    @Test
    void nothingReachesMain() {
        var next = push(MAIN, "second", DOCKERFILE);
        work.apply(pipeline("cold"));
        var cold = work.start("cold", MAIN, next);
        var following = work.until(
                "main's next run",
                () -> work.runs().stream()
                        .filter(run -> run.getSpec().pipeline().equals("small")
                                && next.equals(run.getSpec().commit()))
                        .findFirst());
        var warm = succeeded(work.finished(following));
        var clean = succeeded(work.finished(cold));

        assertThat(step(clean, "tool/linux/amd64").cached()).isZero();
        assertThat(step(warm, "tool/linux/amd64").cached()).isPositive();
        assertThat(made(warm)).isEqualTo(made(clean)).isEqualTo("good\nsecond");
    }

    private void hasWritten(String commit) {
        work.until(
                "the build of " + commit + " to write to its cache mount",
                () -> work.runs().stream()
                        .filter(run -> commit.equals(run.getSpec().commit()) && run.getStatus() != null)
                        .flatMap(run -> run.getStatus().steps().stream())
                        .filter(step -> step.state() == StepStatus.State.Running)
                        .filter(step -> buildLog(step).contains(WROTE))
                        .findFirst());
    }

    private String buildLog(StepStatus step) {
        return work.client()
                .pods()
                .inNamespace(work.namespace())
                .withName(step.pod())
                .inContainer(step.container())
                .getLog();
    }

    private String push(String ref, String source, String dockerfile) {
        return repository.push(ref, Map.of("Dockerfile", dockerfile, "source", source + "\n"));
    }

    /** Stages that do not need each other, and all that they have reached in one file, each line after its stage's name. */
    private static String dockerfile(Map<String, String> stages) {
        var dockerfile = new StringBuilder();
        stages.forEach((name, step) -> dockerfile.append("""
                FROM busybox AS %s
                RUN --mount=type=cache,target=/cache %s
                """.formatted(name, step.strip())));
        dockerfile.append("FROM busybox AS made\n");
        stages.keySet().forEach(name -> dockerfile.append("COPY --from=%1$s /%1$s /reached/\n".formatted(name)));
        return dockerfile + """
                RUN cd /reached && grep -r "" . >/made; ls . >>/made
                FROM scratch
                COPY --from=made /made /
                """;
    }

    /** What one stage has reached. */
    private List<String> reached(PipelineRun run, String stage) {
        var lines = made(run).lines().toList();
        assertThat(lines).as("stages that have ended").contains(stage);
        var before = "./" + stage + ":";
        return lines.stream()
                .filter(line -> line.startsWith(before))
                .map(line -> line.substring(before.length()))
                .toList();
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
