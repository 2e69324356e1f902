package dev.hearth.forge;

/** By what Hearth proves to a forge who it is. Its text shows no secret. */
public sealed interface ForgeCredential {
    /** An access token, which is sent with each request. */
    record Token(String value) implements ForgeCredential {
        @Override
        public String toString() {
            return "a token";
        }
    }

    /** A GitHub App, whose key signs requests for tokens of its installation. */
    record App(long id, AppKey key) implements ForgeCredential {}
}
