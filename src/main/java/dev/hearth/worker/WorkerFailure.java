package dev.hearth.worker;

/** Why the work cannot be done, in one sentence that tells a user what to do. */
final class WorkerFailure extends Exception {
    WorkerFailure(String message) {
        super(message);
    }
}
