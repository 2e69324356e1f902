package dev.hearth.forge;

import java.time.Instant;

/**
 * A comment at a pull request.
 *
 * @param id number that is larger than those of earlier comments
 * @param at when it was made, by the forge's clock
 */
public record Comment(long id, Account author, String body, Instant at) {}
