/**
 * Defines the documents that the operator and the agent in its pods exchange: what a container is asked to do, and what it
 * reports. Pure. Depends on nothing else.
 */
@NullMarked
package dev.hearth.agent;

import org.jspecify.annotations.NullMarked;
