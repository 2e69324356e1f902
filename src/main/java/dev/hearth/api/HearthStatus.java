package dev.hearth.api;

import java.util.List;

/** The status of an object of one of Hearth's kinds. */
public interface HearthStatus {
    List<Condition> conditions();
}
