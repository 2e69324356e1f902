package dev.hearth.git;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** The program git-upload-pack of a server, over a connection of its own. */
interface UploadPack extends Closeable {
    /** What the program sends. */
    InputStream output();

    /** What the program receives. */
    OutputStream input();

    /** Returns what the program has said beside git's protocol until now, a few plain characters; often empty. */
    String said();

    @Override
    void close();

    /** Connects to a server and starts the program there. */
    @FunctionalInterface
    interface Starter {
        UploadPack start() throws IOException;
    }
}
