package dev.hearth.web;

import dev.hearth.results.RunId;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.ext.Provider;
import java.util.Optional;

/** Guards every resource, including ones added later. */
@Provider
public class AuthorizationFilter implements ContainerRequestFilter, ContainerResponseFilter {
    private final ResultsAuthorizer gate;

    public AuthorizationFilter(ResultsAuthorizer gate) {
        this.gate = gate;
    }

    @Override
    public void filter(ContainerRequestContext request) {
        var path = request.getUriInfo().getPathParameters();
        var namespace = parameter(path, ResultsResource.NAMESPACE);
        var run = parameter(path, ResultsResource.RUN);
        var authorization = Optional.ofNullable(request.getHeaderString(HttpHeaders.AUTHORIZATION));
        if (!RunId.isName(namespace) || !RunId.isName(run)) {
            request.abortWith(HttpRefusal.notFound("namespaces and runs have names like those of Kubernetes")
                    .response());
            return;
        }
        var what = request.getUriInfo().getRequestUri();
        var query = what.getRawQuery() == null ? "" : "?" + what.getRawQuery();
        gate.refuse(authorization, namespace, run, what.getRawPath() + query)
                .ifPresent(refusal -> request.abortWith(refusal.response()));
    }

    /** What is served comes from steps: no browser is to run it, or take it for anything else than it is said to be. */
    @Override
    public void filter(ContainerRequestContext request, ContainerResponseContext response) {
        var headers = response.getHeaders();
        headers.putSingle("X-Content-Type-Options", "nosniff");
        headers.putSingle("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'");
        headers.putSingle("Cross-Origin-Resource-Policy", "same-origin");
        headers.putSingle("Cache-Control", "no-store");
    }

    private static String parameter(MultivaluedMap<String, String> path, String name) {
        return Optional.ofNullable(path.getFirst(name)).orElse("");
    }
}
