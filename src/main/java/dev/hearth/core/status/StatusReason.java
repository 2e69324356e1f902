package dev.hearth.core.status;

/** Why something did not work: a word for machines, which is API, and a sentence for people. */
public record StatusReason(String reason, String message) {}
