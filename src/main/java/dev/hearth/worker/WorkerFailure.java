package dev.hearth.worker;

/** An artifact cannot be published or fetched. The message is one sentence that tells a user what to do. */
final class WorkerFailure extends Exception {
    WorkerFailure(String message) {
        super(message);
    }
}
