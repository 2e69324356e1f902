package dev.hearth.results;

/** Something kept of a step: a log by the name of its container, or a file by its path. */
public record Kept(String name, long bytes) {}
