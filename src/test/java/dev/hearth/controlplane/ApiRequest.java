package dev.hearth.controlplane;

import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A request to the API server in Kubernetes's own terms.
 *
 * @param verb as roles name it, and {@code apply} for server-side apply
 * @param resource with its subresource, such as {@code pods/log}; a path that is no resource's as it is
 * @param namespace empty for one of the cluster, and for all namespaces
 * @param name empty for a collection
 */
public record ApiRequest(String verb, String resource, String namespace, String name) {

    static ApiRequest of(String method, URI uri, @Nullable String contentType) {
        var parts = new ArrayList<>(Arrays.asList(uri.getPath().split("/")));
        parts.removeFirst();
        var prefix = parts.isEmpty() ? "" : parts.getFirst();
        if (!(prefix.equals("api") && parts.size() > 2) && !(prefix.equals("apis") && parts.size() > 3)) {
            return new ApiRequest(method.toLowerCase(Locale.ROOT), uri.getPath(), "", "");
        }
        List<String> rest = parts.subList(prefix.equals("api") ? 2 : 3, parts.size());
        var namespace = "";
        if (rest.getFirst().equals("namespaces")
                && rest.size() > 2
                && !rest.get(2).equals("status")) {
            namespace = rest.get(1);
            rest = rest.subList(2, rest.size());
        }
        var name = rest.size() > 1 ? rest.get(1) : "";
        var resource = rest.size() > 2 ? rest.getFirst() + "/" + rest.get(2) : rest.getFirst();
        return new ApiRequest(verb(method, uri, name, contentType), resource, namespace, name);
    }

    private static String verb(String method, URI uri, String name, @Nullable String contentType) {
        var query = uri.getQuery() == null ? "" : uri.getQuery();
        return switch (method) {
            case "POST" -> "create";
            case "PUT" -> "update";
            case "PATCH" -> contentType != null && contentType.contains("apply-patch") ? "apply" : "patch";
            case "DELETE" -> name.isEmpty() ? "deletecollection" : "delete";
            default -> query.contains("watch=true") ? "watch" : name.isEmpty() ? "list" : "get";
        };
    }

    public boolean isWrite() {
        return switch (verb) {
            case "create", "update", "patch", "apply", "delete", "deletecollection" -> true;
            default -> false;
        };
    }

    /** As a line of a table. */
    public String kind() {
        return verb + " " + resource;
    }
}
