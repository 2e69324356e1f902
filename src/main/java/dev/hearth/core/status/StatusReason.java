package dev.hearth.core.status;

import dev.hearth.api.Reason;

/** Reason and message of a condition, step or event. Reasons are API, messages are for people. */
public record StatusReason(Reason reason, String message) {}
