package dev.hearth.core.status;

import dev.hearth.api.Reason;

/** Why something is as it is: a reason for machines, which is API, and a message for people. */
public record StatusReason(Reason reason, String message) {}
