package dev.hearth.buildkit;

import dev.hearth.core.plan.Step;
import dev.hearth.core.text.Durations;
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
    public List<String> solve(Step.Build step, boolean exports, boolean imported) {
        var files = step.spec().artifact() ? ARTIFACTS + "/" + step.artifactPath() : "";
        var command = new ArrayList<>(
                List.of("/bin/sh", "-c", DaemonScript.SOLVE.text(), "build", step.container(), files, limit(step)));
        // First, so that the script can do without them.
        command.add(String.valueOf(imports.size() + (imported ? 1 : 0)));
        imports.forEach(reference -> command.add("--import-cache=type=registry,ref=" + reference));
        if (imported) {
            command.add("--import-cache=type=local,src=" + IMPORTS + "/" + step.container());
        }
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
