/**
 * What a container of the operator's own image does for a run: it packs an artifact into an image and pushes it, or fetches
 * one. A program of its own, which knows no cluster; may depend on registry, budget and core, and nothing
 * depends on it.
 */
@NullMarked
package dev.hearth.worker;

import org.jspecify.annotations.NullMarked;
