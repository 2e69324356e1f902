package dev.hearth.web;

import dev.hearth.results.RunId;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.ext.Provider;
import java.util.Optional;

/** Authorizes the requests of all resources but those that are {@link WithoutToken}, and adds security headers to their responses. */
@Provider
public class AuthorizationFilter implements ContainerRequestFilter, ContainerResponseFilter {
    private final ResultsAuthorizer authorizer;
    private final ResourceInfo resource;

    public AuthorizationFilter(ResultsAuthorizer authorizer, ResourceInfo resource) {
        this.authorizer = authorizer;
        this.resource = resource;
    }

    @Override
    public void filter(ContainerRequestContext request) {
        if (resource.getResourceClass().isAnnotationPresent(WithoutToken.class)) {
            return;
        }
        var path = request.getUriInfo().getPathParameters();
        var namespace = parameter(path, ResultsResource.NAMESPACE);
        var run = parameter(path, ResultsResource.RUN);
        var authorization = request.getHeaderString(HttpHeaders.AUTHORIZATION);
        if (!RunId.isName(namespace) || !RunId.isName(run)) {
            request.abortWith(HttpRefusal.notFound("the namespace or run is not a valid name of Kubernetes")
                    .response());
            return;
        }
        var uri = request.getUriInfo().getRequestUri();
        var query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
        authorizer
                .refuse(authorization, namespace, run, uri.getRawPath() + query)
                .ifPresent(refusal -> request.abortWith(refusal.response()));
    }

    /** Results come from steps. The headers forbid browsers to execute them or to guess their types. */
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
