package dev.hearth.git;

import org.eclipse.jgit.errors.NoRemoteRepositoryException;
import org.eclipse.jgit.transport.URIish;

/** A server has ended instead of serving the repository. The message is what it said, on one line. */
final class NotServed extends NoRemoteRepositoryException {
    NotServed(URIish uri, String said) {
        super(uri, said);
    }
}
