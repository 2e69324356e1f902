package dev.hearth.pod.task;

import dev.hearth.api.OperatingSystem;

/**
 * Where a task's containers have what Hearth gives them.
 *
 * @param workspace that a command starts in
 * @param shard with the file of a shard's tests
 * @param tests that file
 */
record TaskPaths(String workspace, String shard, String tests) {
    private static final TaskPaths LINUX = new TaskPaths("/workspace", "/hearth/shard", "/hearth/shard/tests");
    private static final TaskPaths WINDOWS =
            new TaskPaths("C:\\workspace", "C:\\hearth\\shard", "C:\\hearth\\shard\\tests");

    static TaskPaths of(OperatingSystem os) {
        return switch (os) {
            case Linux -> LINUX;
            case Windows -> WINDOWS;
        };
    }
}
