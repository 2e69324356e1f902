package dev.hearth.buildkit;

import dev.hearth.agent.SolveRequest;
import dev.hearth.core.plan.Step;
import dev.hearth.core.text.Durations;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes the requests for the solves of a commit.
 *
 * @param url URL of the git repository, as the schema allows it
 * @param commit 40 hexadecimal digits
 * @param insecureRegistries registry hosts with port that are contacted over plain HTTP
 * @param imports cache references in registries, for a cold volume
 */
public record BuildRequests(String url, String commit, Set<String> insecureRegistries, List<String> imports) {
    /** Mount path of the folder for artifacts. */
    public static final String ARTIFACTS = "/artifacts";
    /** Mount path of the folder for exported caches. */
    public static final String EXPORTS = "/cache/exports";
    /** Mount path of the folder with caches to import. */
    public static final String IMPORTS = "/cache/imports";
    /** Mount path of the folder with the sockets of the daemon and of its agent. */
    public static final String SOCKETS = "/var/lib/hearth/sockets";

    /** Returns requests that read the commit from another URL. BuildKit's cache does not depend on the URL. */
    public BuildRequests from(String url) {
        return new BuildRequests(url, commit, insecureRegistries, imports);
    }

    /**
     * Returns the request for a solve.
     *
     * @param exports whether to export a cache directory that other volumes can import
     * @param imported whether there is a cache directory to import
     * @param reportBytes length that the report may have
     */
    public SolveRequest solve(Step.Build step, boolean exports, boolean imported, int reportBytes) {
        var caches = new ArrayList<>(
                imports.stream().map(SolveRequest.Import::ofRegistry).toList());
        if (imported) {
            caches.add(SolveRequest.Import.ofFolder(IMPORTS + "/" + step.container()));
        }
        return new SolveRequest(
                step.container(),
                options(step),
                caches,
                exports ? EXPORTS + "/" + step.container() : null,
                push(step),
                step.spec().artifact() ? ARTIFACTS : null,
                limit(step),
                reportBytes,
                null);
    }

    private SequencedMap<String, String> options(Step.Build step) {
        var options = new LinkedHashMap<String, String>();
        options.put("context", context(step.spec().context()));
        options.put("filename", step.spec().dockerfile());
        options.put("platform", step.platform());
        if (!step.target().isEmpty()) {
            options.put("target", step.target());
        }
        for (Map.Entry<String, String> argument : new TreeMap<>(step.spec().arguments()).entrySet()) {
            options.put("build-arg:" + argument.getKey(), argument.getValue());
        }
        return options;
    }

    private SolveRequest.@Nullable Push push(Step.Build step) {
        var push = step.push();
        return push == null
                ? null
                : new SolveRequest.Push(
                        push.repository(),
                        insecureRegistries.contains(push.repository().split("/", 2)[0]));
    }

    private static @Nullable Long limit(Step.Build step) {
        var limit = step.spec().timeout();
        return limit == null ? null : Durations.parse(limit).toSeconds();
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
}
