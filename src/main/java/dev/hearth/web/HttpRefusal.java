package dev.hearth.web;

import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

/** The response to a request that is refused, with a sentence that tells what to do. */
record HttpRefusal(int status, String sentence) {
    static HttpRefusal noToken(String audience) {
        return new HttpRefusal(
                401,
                "send a token of the cluster in the header Authorization: Bearer TOKEN; " + tokenCommand(audience)
                        + " creates one for a ServiceAccount");
    }

    static HttpRefusal unknownToken(String audience) {
        return new HttpRefusal(
                401,
                "the token is not valid for the audience " + audience + " or has expired: create another with "
                        + tokenCommand(audience));
    }

    static final HttpRefusal BUSY = new HttpRefusal(
            503, "the API server cannot check now whether you may read this: try again in some seconds");

    /** Returns the same response for a run that does not exist. */
    static HttpRefusal forbidden(String namespace) {
        return new HttpRefusal(
                403,
                "you may not get pipelineruns/log of this run: ask for a RoleBinding to the ClusterRole view, edit or"
                        + " hearth-viewer in namespace " + namespace);
    }

    private static String tokenCommand(String audience) {
        return "kubectl create token ACCOUNT --audience " + audience;
    }

    static HttpRefusal notFound(String sentence) {
        return new HttpRefusal(404, sentence);
    }

    Response response() {
        var response = Response.status(status).type(MediaType.TEXT_PLAIN_TYPE).entity(sentence + "\n");
        return (status == 401 ? response.header(HttpHeaders.WWW_AUTHENTICATE, "Bearer realm=\"Hearth\"") : response)
                .build();
    }
}
