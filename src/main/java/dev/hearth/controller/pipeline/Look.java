package dev.hearth.controller.pipeline;

import dev.hearth.git.RemoteRefs;
import java.time.Instant;

/**
 * What a repository had.
 *
 * @param begun when it was asked: what was made later is not judged by it
 */
record Look(Instant begun, RemoteRefs.Listing listing) {}
