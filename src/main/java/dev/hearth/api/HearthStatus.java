package dev.hearth.api;

import java.util.List;

/** The status of a custom resource of Hearth. */
public interface HearthStatus {
    List<Condition> conditions();
}
