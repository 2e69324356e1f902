package dev.hearth.api;

/** Of what commits show statuses at the forge. */
public enum StatusGranularity {
    /** One status of the pipeline. */
    PerPipeline,
    /** Besides it one of each step, of the first 25. */
    PerStep
}
