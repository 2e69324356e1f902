package dev.hearth.buildkit;

import dev.hearth.core.plan.Durations;
import dev.hearth.core.plan.Step;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The command line of one solve. What a repository or a user wrote is always an argument of its own and never part of a
 * script.
 *
 * @param url of the git repository, as the schema allows it
 * @param commit 40 hexadecimal digits
 * @param insecureRegistries hosts with port that are pushed to over plain HTTP
 * @param imports cache references in registries, for a volume that begins with nothing
 */
public record BuildCommand(String url, String commit, Set<String> insecureRegistries, List<String> imports) {
    /** Where the pod mounts the run's artifact volume. */
    public static final String ARTIFACTS = "/artifacts";
    /** Where the pod mounts the folder for caches that are exported, and the one with those to import. */
    public static final String EXPORTS = "/cache/exports";

    public static final String IMPORTS = "/cache/imports";
    /** Where daemon and solves meet. */
    public static final String SOCKETS = "/run/buildkit";

    /**
     * Runs the solve once the daemon answers, which takes a while with a large state or a busy node, and leaves its result, or nothing, in the termination message: what a failed container says
     * instead is the end of its log. Needs only what is in BuildKit's own image.
     */
    private static final String SCRIPT = """
            set -eu
            umask 022
            step=$1 files=$2 limit=$3; shift 3
            [ -z "$files" ] || { rm -rf "$files" && mkdir -p "$files"; } # of a pod that was lost
            ${limit:+timeout "$limit"} buildctl --wait --timeout=600 build --progress=plain "$@" \\
              --metadata-file=/tmp/metadata.json --debug-json-cache-metrics=/tmp/cache &
            trap 'kill -TERM $!' TERM # a shell that is the first process would not hear of it
            code=0
            wait $! || code=$?
            if [ -n "$limit" ] && [ "$code" = 124 ]; then echo "hearth: the solve reached its timeout of $limit s"; fi
            [ "$code" = 0 ] || exit "$code"
            [ -z "$files" ] || chmod 755 "$files" # buildctl leaves it to its own user alone
            {
              { cat /tmp/metadata.json 2>/dev/null || echo '{}'; } | tr -d '\\n' | head -c 2500; echo
              tail -n 1 /tmp/cache
              cat %1$s/state; echo
              { [ -z "$files" ] || artifact "$files"; } | tr '\\n' ' '; echo
              sed -n 's/^cache miss: //p' /tmp/cache | cut -c 1-150 | head -n 3
            } >/dev/termination-log
            mkdir -p %1$s/done; : >"%1$s/done/$step"
            """.formatted(SOCKETS);

    /** The same, with the commit to be had elsewhere: what BuildKit has of it stays valid, whichever URL it came from. */
    public BuildCommand from(String url) {
        return new BuildCommand(url, commit, insecureRegistries, imports);
    }

    /**
     * Builds a step.
     *
     * @param exports whether to leave a cache directory that others can import
     * @param imported whether one is there to import
     */
    public List<String> of(Step.Build step, boolean exports, boolean imported) {
        var files = step.spec().artifact() ? ARTIFACTS + "/" + step.artifactPath() : "";
        var command = new ArrayList<>(List.of(
                "/bin/sh", "-c", DaemonScript.ARTIFACT.text() + SCRIPT, "build", step.container(), files, limit(step)));
        command.add("--frontend=dockerfile.v0");
        option(command, "context", context(step.spec().context()));
        option(command, "filename", step.spec().dockerfile());
        option(command, "platform", step.platform());
        if (!step.target().isEmpty()) {
            option(command, "target", step.target());
        }
        step.spec().arguments().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(argument -> option(command, "build-arg:" + argument.getKey(), argument.getValue()));
        var push = step.push();
        if (push != null) {
            var insecure = insecureRegistries.contains(push.repository().split("/", 2)[0]);
            command.add("--output=type=image,name=" + push.repository()
                    + ",push=true,push-by-digest=true,oci-mediatypes=true"
                    + (insecure ? ",registry.insecure=true" : ""));
        }
        imports.forEach(reference -> command.add("--import-cache=type=registry,ref=" + reference));
        if (imported) {
            command.add("--import-cache=type=local,src=" + IMPORTS + "/" + step.container());
        }
        if (exports) {
            command.add("--export-cache=type=local,mode=max,reset=true,ignore-error=true,dest=" + EXPORTS + "/"
                    + step.container());
        }
        if (!files.isEmpty()) {
            command.add("--output=type=local,dest=" + files);
        }
        return List.copyOf(command);
    }

    private static String limit(Step.Build step) {
        var limit = step.spec().timeout();
        return limit == null ? "" : String.valueOf(Durations.parse(limit).toSeconds());
    }

    /**
     * The commit itself, fetched by its id: Hearth has checked that it is on the ref, which may have moved since.
     * BuildKit's cache key of it is the commit, neither URL nor ref.
     */
    private String context(String directory) {
        var query = "?checksum=" + commit + "&fetch-by-commit=1";
        return url
                + query
                + (directory.isEmpty() ? "" : "&subdir=" + URLEncoder.encode(directory, StandardCharsets.UTF_8));
    }

    private static void option(List<String> command, String key, String value) {
        command.add("--opt=" + key + "=" + value);
    }
}
