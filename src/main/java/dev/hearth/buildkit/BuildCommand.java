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
 * Builds the command line of a solve. Text from a repository or a user is always an argument of its own and never part
 * of a script.
 *
 * @param url URL of the git repository, as the schema allows it
 * @param commit 40 hexadecimal digits
 * @param insecureRegistries registry hosts with port that are contacted over plain HTTP
 * @param imports cache references in registries, for a cold volume
 */
public record BuildCommand(String url, String commit, Set<String> insecureRegistries, List<String> imports) {
    /** Mount path of the run's artifact volume. */
    public static final String ARTIFACTS = "/artifacts";
    /** Mount path of the folder for exported caches. */
    public static final String EXPORTS = "/cache/exports";
    /** Mount path of the folder with caches to import. */
    public static final String IMPORTS = "/cache/imports";
    /** Mount path of the folder with the daemon's socket. */
    public static final String SOCKETS = "/run/buildkit";

    /** Returns a command that reads the commit from another URL. BuildKit's cache does not depend on the URL. */
    public BuildCommand from(String url) {
        return new BuildCommand(url, commit, insecureRegistries, imports);
    }

    /**
     * Returns the command line of a solve.
     *
     * @param exports whether to export a cache directory that other volumes can import
     * @param imported whether there is a cache directory to import
     */
    public List<String> solve(Step.Build step, boolean exports, boolean imported) {
        var files = step.spec().artifact() ? ARTIFACTS + "/" + step.artifactPath() : "";
        var command = new ArrayList<>(
                List.of("/bin/sh", "-c", ContainerScript.SOLVE.text(), "build", step.container(), files, limit(step)));
        // First, so that the script can repeat the solve without them.
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
     * Returns a context that BuildKit fetches by the id of the commit: Hearth has checked that the commit is on the
     * ref, and the ref may have moved since. BuildKit's cache key is the commit, not the URL or ref.
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
