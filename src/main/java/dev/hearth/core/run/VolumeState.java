package dev.hearth.core.run;

import dev.hearth.core.cache.CacheMount;
import dev.hearth.core.diagnosis.Finding;

/** Where the cache volume of a platform stands, for one run. */
public sealed interface VolumeState {

    /** This run has it, alone. */
    record Granted(CacheMount cache) implements VolumeState {}

    /** Not yet this run's. */
    record Awaited(Finding why) implements VolumeState {}

    /** There will be none until somebody changes something. */
    record Refused(Finding why) implements VolumeState {}
}
