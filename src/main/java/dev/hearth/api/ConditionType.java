package dev.hearth.api;

/** The types of the conditions that Hearth writes. Their names are API: tools wait for them. */
public enum ConditionType {
    Ready("The object is in its wanted state. kstatus and Argo CD read it.", "every kind"),
    Reconciling("Hearth works on the object, or waits for something that needs no action of a user.", "every kind"),
    Stalled("The object does not become ready until a user changes something.", "every kind"),
    Succeeded(
            "True once a run has succeeded, False once it has failed or was cancelled, Unknown before.", "PipelineRun"),
    Degraded("Hearth could not do a part of its work for the pipeline. Absent otherwise.", "Pipeline"),
    TokenExpiring("The token of the forge expires within two weeks. Absent otherwise.", "Pipeline"),
    CacheDegraded(
            "The cache of a step was damaged, full or lost. The result of the step is not affected.", "PipelineRun"),
    CacheRegression(
            "Build steps ran although an earlier run of the same commit had written them to this cache.",
            "PipelineRun"),
    UserNamespaces("Whether the pods of the run's tasks have a user namespace of their own.", "PipelineRun"),
    Isolated("Whether builds are fully isolated from their node. The reason is the form of isolation.", "CacheScope"),
    NetworkIsolated("Whether the cluster enforces network policies.", "CacheScope"),
    ClockSkewed("The clock of the operator differs from that of the API server. Absent if it does not.", "CachePolicy");

    private final String meaning;
    private final String kinds;

    ConditionType(String meaning, String kinds) {
        this.meaning = meaning;
        this.kinds = kinds;
    }

    /** Returns the meaning in one or two sentences. */
    public String meaning() {
        return meaning;
    }

    /** Returns the kinds of objects that have it. */
    public String kinds() {
        return kinds;
    }
}
