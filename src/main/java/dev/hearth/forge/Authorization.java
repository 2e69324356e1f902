package dev.hearth.forge;

import dev.hearth.api.ForgeType;
import java.util.Map;

/** What proves the requests of a connection. */
interface Authorization {
    /** Returns the headers of a request. */
    Map<String, String> headers() throws ForgeException;

    /** Returns whether another attempt may succeed after the forge has not accepted the headers of the last one. */
    boolean renew();

    /** Returns whose proof it is. */
    Holder holder();

    /** The headers of an access token. */
    static Authorization fixed(Map<String, String> headers) {
        return new Authorization() {
            @Override
            public Map<String, String> headers() {
                return headers;
            }

            @Override
            public boolean renew() {
                return false;
            }

            @Override
            public Holder holder() {
                return Holder.Token;
            }
        };
    }

    /** Who sends requests, as messages for users name it. */
    enum Holder {
        Token("the token of spec.forge.token"),
        Installation("the App of spec.forge.app"),
        /** The App itself, which has no rights at the repository. */
        Key("the key of the App of spec.forge.app");

        private final String shown;

        Holder(String shown) {
            this.shown = shown;
        }

        /** Returns what it needs to be accepted. */
        String need(ForgeType type) {
            return switch (this) {
                case Key ->
                    "a private key of that App in key privateKey of the Secret, the App's id in spec.forge.app.id, and"
                            + " a clock of the operator that is right";
                case Installation -> "the permissions " + AppPermissions.NEEDED;
                case Token ->
                    switch (type) {
                        case GitHub -> "Commit statuses: read and write";
                        case GitLab ->
                            "the scope api, and a role that may push to the branch: Developer, or Maintainer where it is"
                                    + " protected";
                        case Gitea, Forgejo -> "the scope write:repository, and its user may write the repository";
                    };
            };
        }

        @Override
        public String toString() {
            return shown;
        }
    }
}
