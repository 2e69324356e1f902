package dev.hearth.web;

import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

/** A request that is not answered, and what to do about it. */
record HttpRefusal(int status, String sentence) {
    static HttpRefusal noToken(String audience) {
        return new HttpRefusal(
                401,
                "send a token of the cluster in the header Authorization: Bearer TOKEN; " + how(audience)
                        + " makes one for a service account");
    }

    static HttpRefusal unknownToken(String audience) {
        return new HttpRefusal(
                401,
                "the cluster does not know this token for the audience " + audience
                        + ", or it has expired: make another by " + how(audience));
    }

    static final HttpRefusal BUSY = new HttpRefusal(
            503, "the API server could not be asked whether you may read this: try again in some seconds");

    /** The same whether there is such a run or not. */
    static HttpRefusal forbidden(String namespace) {
        return new HttpRefusal(
                403,
                "you may not get pipelineruns/log of this run: have the ClusterRole view, edit or hearth-viewer bound to you"
                        + " in namespace " + namespace);
    }

    private static String how(String audience) {
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
