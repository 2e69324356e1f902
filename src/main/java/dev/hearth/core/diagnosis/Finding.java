package dev.hearth.core.diagnosis;

/** Why something did not work: a word for machines, which is API, and a sentence for people. */
public record Finding(String reason, String message) {}
